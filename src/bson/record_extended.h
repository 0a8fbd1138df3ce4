// SPDX-License-Identifier: Apache-2.0
// Extended JSON v2 (and the older forms of $binary, $regex, $date with a number) in records:
// {"$date": "2026-01-01T00:00:00Z"} is a date. https://github.com/mongodb/specifications extended-json.
//
// It works on BSON: the object was built as any other, inner ones first, so {"$date": {"$numberLong": "5"}} comes as
// {$date: 5L}. An object that has not exactly the names and types of a form, or a text in it that does not mean
// anything ({"$oid": "x"}), is no Extended JSON and stays the object it is: a record is data, not a program.
#pragma once

#include <optional>
#include <string>

#include "bson/document.h"

namespace penstock::record {

// The type that `object` stands for, with its BSON payload in `payload`; empty if it stands for itself.
// The payload is never longer than the object.
std::optional<Type> read_extended(Document object, std::string& payload);

}  // namespace penstock::record
