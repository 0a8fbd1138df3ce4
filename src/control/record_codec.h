// SPDX-License-Identifier: Apache-2.0
// Records of the catalog as BSON and back. A connection is stored as the whole object, secrets in their places. Fields
// that a record does not have take their defaults, so that a later version may add some. Decoding kStateRefused: it is
// not such a record.
#pragma once

#include "control/records.h"

namespace penstock {

OwnedDocument encode(const WorkspaceRecord& record);
OwnedDocument encode(const ProcessorRecord& record);
OwnedDocument encode(const UserRecord& record);
Result<WorkspaceRecord> decode_workspace(Document document);
Result<ProcessorRecord> decode_processor(Document document);
Result<UserRecord> decode_user(Document document);
OwnedDocument encode(const Connection& connection);
Result<Connection> decode_connection(Document document);

}  // namespace penstock
