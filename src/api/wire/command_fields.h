// SPDX-License-Identifier: Apache-2.0
// Reading the fields of commands that change something: types are checked as strictly as mongod 6.0.5 does, with its
// texts, and what is not known is refused.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/command.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock::fields {

// What a command is asked to do, without what it is asked by.
struct Request {
  Document command;  // The whole body; its first element is the command.
  std::string_view db;
  std::span<const DocumentSequence> sequences;
};

// Fields that may ride on any command and are not the command's.
bool rides_along(std::string_view name);

// `in`: "insert", "update.updates". Each refuses another type with code 14.
Result<bool> boolean(std::string_view in, const Element& field);
Result<bool> boolean_or_number(std::string_view in, const Element& field);  // 1 and 0 too.
Result<Document> object(std::string_view in, const Element& field);
Result<Document> array(std::string_view in, const Element& field);
Result<std::string_view> string(std::string_view in, const Element& field);
Result<std::vector<Document>> objects(std::string_view in, const Element& field);
// A name or a key pattern.
Result<Value> hint(std::string_view in, const Element& field);
// Only {locale: "simple"} is there: comparison byte by byte.
Result<void> collation(std::string_view in, const Element& field);

Error wrong_type(std::string_view in, const Element& field, std::string_view expected);
Error unknown(std::string_view in, std::string_view name);  // 40415
Error missing(std::string_view in, std::string_view name);  // 40414
Error not_supported(std::string_view what);                 // 115

// The collection that the first element names: a text.
Result<std::string_view> collection(Document command);

}  // namespace penstock::fields
