// SPDX-License-Identifier: Apache-2.0
// insert, update, delete, findAndModify: from the command to the reply, without `ok`. They need a store only, so that
// they are tested without a server (write_replies_test.cc).
#pragma once

#include "api/wire/command_fields.h"
#include "base/random.h"
#include "docstore/docstore.h"

namespace penstock {

Result<OwnedDocument> reply_to_insert(DocStore& store, const fields::Request& request, Random& random);
Result<OwnedDocument> reply_to_update(DocStore& store, const fields::Request& request, Random& random);
Result<OwnedDocument> reply_to_delete(DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_find_and_modify(DocStore& store, const fields::Request& request, Random& random);

// What mongod tells before anything else: stages of a wrong shape (14, 40323) or that do not exist at all (40324).
Result<void> check_stages(const Value& update);

}  // namespace penstock
