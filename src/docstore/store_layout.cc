// SPDX-License-Identifier: Apache-2.0
#include "docstore/store_layout.h"

namespace penstock::store {
namespace {

constexpr size_t kShortKeyMax = kKeyBytesMax - 9;  // Without collection, index and the kind byte.

template <typename T>
void append_big_endian(T n, std::string& to) {
  for (int shift = static_cast<int>(sizeof n) * 8 - 8; shift >= 0; shift -= 8) {
    to += static_cast<char>(n >> shift & 0xff);
  }
}

// FNV-1a; what collides is told apart by the whole key.
uint64_t hash_of(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool is_short(std::string_view key) { return key.size() <= kShortKeyMax; }

std::string table_key(uint32_t collection, uint32_t index, std::string_view key) {
  std::string result;
  append_big_endian(collection, result);
  append_big_endian(index, result);
  result += is_short(key) ? '\0' : '\1';
  if (is_short(key)) {
    result += key;
  } else {
    append_big_endian(hash_of(key), result);
  }
  return result;
}

// One entry of a value for long keys.
struct Entry {
  uint64_t sequence;
  std::string_view key;
};

Entry take_entry(std::string_view& bytes) {
  PS_CHECK(bytes.size() >= 16);
  const uint64_t sequence = decode_number(bytes.substr(0, 8));
  const uint64_t size = decode_number(bytes.substr(8, 8));
  PS_CHECK(bytes.size() - 16 >= size);
  const Entry entry{sequence, bytes.substr(16, size)};
  bytes.remove_prefix(16 + size);
  return entry;
}

std::string entry_of(uint64_t sequence, std::string_view key) {
  return encode_number(sequence) + encode_number(key.size()) + std::string(key);
}

bool contains_any(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

}  // namespace

EnvironmentOptions environment_options(bool read_only, uint64_t bytes_max) {
  EnvironmentOptions options;
  options.tables = {"meta", "collections", "documents", "keys"};
  options.read_only = read_only;
  options.map_bytes = bytes_max;
  return options;
}

std::string encode(const CollectionRecord& record) {
  DocumentBuilder builder;
  builder.append("id", Value::int64(record.id));
  builder.append("next", Value::int64(static_cast<int64_t>(record.next_sequence)));
  builder.append("count", Value::int64(static_cast<int64_t>(record.count)));
  const size_t indexes = builder.begin_array("indexes");
  char scratch[12];
  char inner_scratch[12];
  for (uint32_t i = 0; i < record.indexes.size(); ++i) {
    const size_t index = builder.begin_array(index_name(i, scratch));
    for (uint32_t j = 0; j < record.indexes[i].size(); ++j) {
      builder.append(index_name(j, inner_scratch), Value::string(record.indexes[i][j]));
    }
    builder.end(index);
  }
  builder.end(indexes);
  return builder.take();
}

Result<CollectionRecord> decode_record(std::string_view bytes) {
  const Error damaged(ErrorCode::kDisk, "a collection record of the store is damaged");
  if (!validate_bson(bytes).ok()) return damaged.clone();
  const Document document(bytes.data());
  CollectionRecord record;
  for (std::string_view name : {"id", "next", "count"}) {
    if (document.get(name).type() != Type::kLong) return damaged.clone();
  }
  if (!document.get("indexes").is_array()) return damaged.clone();
  record.id = static_cast<uint32_t>(document.get("id").as_long());
  record.next_sequence = static_cast<uint64_t>(document.get("next").as_long());
  record.count = static_cast<uint64_t>(document.get("count").as_long());
  record.indexes.clear();
  for (const Element& index : document.get("indexes").as_array()) {
    if (!index.value.is_array()) return damaged.clone();
    auto& paths = record.indexes.emplace_back();
    for (const Element& path : index.value.as_array()) {
      if (!path.value.is_string()) return damaged.clone();
      paths.emplace_back(path.value.as_string());
    }
  }
  return record;
}

Result<std::string> namespace_of(std::string_view db, std::string_view coll) {
  constexpr std::string_view kForbiddenInDb("/\\. \"$\0", 7);
  if (db.empty() || db.size() > 63 || contains_any(db, kForbiddenInDb)) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid database name: '{}'", db);
  }
  constexpr std::string_view kForbiddenInColl("$\0", 2);
  if (coll.empty() || db.size() + 1 + coll.size() > 255 || contains_any(coll, kForbiddenInColl) ||
      coll.front() == '.' || coll.back() == '.') {
    return Error(ErrorCode::kInvalidNamespace, "Invalid collection name: '{}'", coll);
  }
  return fmt::format("{}.{}", db, coll);
}

std::string document_prefix(uint32_t collection) {
  std::string key;
  append_big_endian(collection, key);
  return key;
}

std::string document_key(uint32_t collection, uint64_t sequence) {
  std::string key = document_prefix(collection);
  append_big_endian(sequence, key);
  return key;
}

std::string encode_number(uint64_t n) {
  std::string bytes;
  append_big_endian(n, bytes);
  return bytes;
}

uint64_t decode_number(std::string_view bytes) {
  PS_CHECK(bytes.size() == 8);
  uint64_t n = 0;
  for (char c : bytes)
    n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

Result<std::optional<uint64_t>> find_key(const ReadTransaction& txn, uint32_t collection, uint32_t index,
                                         std::string_view key) {
  using Found = std::optional<uint64_t>;
  PS_TRY(auto value, txn.get(kKeys, table_key(collection, index, key)));
  if (!value) return Found();
  if (is_short(key)) return Found(decode_number(*value));
  for (std::string_view rest = *value; !rest.empty();) {
    const Entry entry = take_entry(rest);
    if (entry.key == key) return Found(entry.sequence);
  }
  return Found();
}

Result<void> put_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key,
                     uint64_t sequence) {
  const std::string place = table_key(collection, index, key);
  if (is_short(key)) return txn.put(kKeys, place, encode_number(sequence));
  PS_TRY(erase_key(txn, collection, index, key));
  PS_TRY(auto value, txn.get(kKeys, place));
  std::string entries(value.value_or(std::string_view()));
  entries += entry_of(sequence, key);
  return txn.put(kKeys, place, entries);
}

Result<void> erase_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key) {
  const std::string place = table_key(collection, index, key);
  std::string others;
  if (!is_short(key)) {
    PS_TRY(auto value, txn.get(kKeys, place));
    for (std::string_view rest = value.value_or(std::string_view()); !rest.empty();) {
      const Entry entry = take_entry(rest);
      if (entry.key != key) others += entry_of(entry.sequence, entry.key);
    }
  }
  if (!others.empty()) return txn.put(kKeys, place, others);
  PS_TRY(txn.erase(kKeys, place));
  return {};
}

}  // namespace penstock::store
