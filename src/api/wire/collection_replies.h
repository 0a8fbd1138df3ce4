// SPDX-License-Identifier: Apache-2.0
// Commands about collections, indexes and databases: from the command to the reply, without `ok`. They need a store
// only, so that they are tested without a server (write_replies_test.cc).
#pragma once

#include "api/wire/command_fields.h"
#include "base/random.h"
#include "docstore/docstore.h"

namespace penstock {

Result<OwnedDocument> reply_to_create(DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_drop(DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_drop_database(DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_rename_collection(DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_create_indexes(DocStore& store, const fields::Request& request, Random& random);
Result<OwnedDocument> reply_to_drop_indexes(DocStore& store, const fields::Request& request);

// All of a list comes in the first batch, whatever batch size is asked for: the cursor is at its end.
Result<OwnedDocument> reply_to_list_collections(const DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_list_databases(const DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_list_indexes(const DocStore& store, const fields::Request& request);
// Sizes are those of the documents; what indexes take is not measured and given as 0.
Result<OwnedDocument> reply_to_coll_stats(const DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_db_stats(const DocStore& store, const fields::Request& request);
Result<OwnedDocument> reply_to_validate(const DocStore& store, const fields::Request& request);

}  // namespace penstock
