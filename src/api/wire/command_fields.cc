// SPDX-License-Identifier: Apache-2.0
#include "api/wire/command_fields.h"

#include <algorithm>

#include "bson/compare.h"

namespace penstock::fields {

bool rides_along(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "apiDeprecationErrors",
      "apiStrict",
      "apiVersion",
      "autocommit",
      "comment",
      "databaseVersion",
      "lsid",
      "maxTimeMS",
      "mayBypassWriteBlocking",
      "readConcern",
      "shardVersion",
      "startTransaction",
      "stmtId",
      "stmtIds",
      "txnNumber",
      "writeConcern",
  };
  return name.starts_with('$') || std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Error wrong_type(std::string_view in, const Element& field, std::string_view expected) {
  return Error(ErrorCode::kTypeMismatch, "BSON field '{}.{}' is the wrong type '{}', expected {}", in, field.name,
               type_name(field.value.type()), expected);
}

Error unknown(std::string_view in, std::string_view name) {
  return Error(ErrorCode{40415}, "BSON field '{}.{}' is an unknown field.", in, name);
}

Error missing(std::string_view in, std::string_view name) {
  return Error(ErrorCode{40414}, "BSON field '{}.{}' is missing but a required field", in, name);
}

Error not_supported(std::string_view what) {
  return Error(ErrorCode{115}, "{} is not supported by this version of Penstock", what);
}

Result<bool> boolean(std::string_view in, const Element& field) {
  if (field.value.type() == Type::kBool) return field.value.as_bool();
  return wrong_type(in, field, "type 'bool'");
}

Result<bool> boolean_or_number(std::string_view in, const Element& field) {
  if (field.value.type() == Type::kBool || field.value.is_number()) return is_true(field.value);
  return wrong_type(in, field, "types '[bool, long, int, decimal, double']");
}

Result<Document> object(std::string_view in, const Element& field) {
  if (field.value.is_object()) return field.value.as_object();
  return wrong_type(in, field, "type 'object'");
}

Result<Document> array(std::string_view in, const Element& field) {
  if (field.value.is_array()) return field.value.as_array();
  return wrong_type(in, field, "type 'array'");
}

Result<std::string_view> string(std::string_view in, const Element& field) {
  if (field.value.is_string()) return field.value.as_string();
  return wrong_type(in, field, "type 'string'");
}

Result<std::vector<Document>> objects(std::string_view in, const Element& field) {
  PS_TRY(const Document list, array(in, field));
  std::vector<Document> result;
  for (const Element& element : list) {
    PS_TRY(const Document item, object(fmt::format("{}.{}", in, field.name), element));
    result.push_back(item);
  }
  return result;
}

Result<Value> hint(std::string_view, const Element& field) {
  if (field.value.is_string() || field.value.is_object()) return field.value;
  return Error(ErrorCode::kFailedToParse, "Hint must be a string or an object");
}

Result<void> collation(std::string_view in, const Element& field) {
  PS_TRY(const Document spec, object(in, field));
  if (spec.empty() || equal(spec.get("locale"), Value::string("simple"))) return {};
  return not_supported("a 'collation' other than {locale: \"simple\"}");
}

Result<std::string_view> collection(Document command) {
  const Element name = *command.begin();
  if (name.value.is_string()) return name.value.as_string();
  return Error(ErrorCode::kBadValue, "collection name has invalid type {}", type_name(name.value.type()));
}

}  // namespace penstock::fields
