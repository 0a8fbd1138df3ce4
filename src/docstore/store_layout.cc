// SPDX-License-Identifier: Apache-2.0
#include "docstore/store_layout.h"

#include <cstring>

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

IndexRecord IndexRecord::of(uint32_t id, Document spec) {
  IndexRecord index;
  index.id = id;
  index.spec = OwnedDocument(spec);
  for (const Element& field : index.key())
    index.paths.emplace_back(field.name);
  index.unique = is_true(spec.get("unique"));
  index.sparse = is_true(spec.get("sparse"));
  return index;
}

IndexRecord IndexRecord::of_id() {
  DocumentBuilder spec;
  spec.append("v", Value::int32(2));
  const size_t key = spec.begin_object("key");
  spec.append("_id", Value::int32(1));
  spec.end(key);
  spec.append("name", Value::string("_id_"));
  IndexRecord index = of(0, OwnedDocument(spec.take()));
  index.unique = true;
  return index;
}

Uuid uuid_of(const CollectionRecord& record) {
  std::string seed;
  append_big_endian(record.id, seed);
  append_big_endian(record.created.ms, seed);
  Uuid uuid;
  const std::string bytes = encode_number(hash_of(seed)) + encode_number(hash_of("penstock" + seed));
  std::memcpy(uuid.bytes, bytes.data(), sizeof uuid.bytes);
  uuid.bytes[6] = static_cast<unsigned char>((uuid.bytes[6] & 0x0f) | 0x80);
  uuid.bytes[8] = static_cast<unsigned char>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

std::string uuid_text(const Uuid& uuid) {
  std::string text;
  for (size_t i = 0; i < sizeof uuid.bytes; ++i)
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid.bytes[i]);
  return text;
}

std::string encode(const CollectionRecord& record) {
  DocumentBuilder builder;
  builder.append("id", Value::int64(record.id));
  builder.append("next", Value::int64(static_cast<int64_t>(record.next_sequence)));
  builder.append("count", Value::int64(static_cast<int64_t>(record.count)));
  builder.append("bytes", Value::int64(static_cast<int64_t>(record.bytes)));
  builder.append("created", Value::date(record.created));
  builder.append("next_index", Value::int64(record.next_index));
  const size_t indexes = builder.begin_array("indexes");
  char scratch[12];
  for (uint32_t i = 0; i < record.indexes.size(); ++i) {
    const size_t index = builder.begin_object(index_name(i, scratch));
    builder.append("id", Value::int64(record.indexes[i].id));
    builder.append("spec", Value::object(record.indexes[i].spec));
    builder.end(index);
  }
  builder.end(indexes);
  return builder.take();
}

namespace {

// Format 1: an index was the sorted paths that $merge matched on, and knew only documents with a value in each.
std::optional<IndexRecord> index_of_paths(uint32_t id, Document paths) {
  DocumentBuilder spec;
  std::string name;
  spec.append("v", Value::int32(2));
  const size_t key = spec.begin_object("key");
  for (const Element& path : paths) {
    if (!path.value.is_string()) return std::nullopt;
    spec.append(path.value.as_string(), Value::int32(1));
    name += fmt::format("{}{}_1", name.empty() ? "" : "_", path.value.as_string());
  }
  spec.end(key);
  spec.append("name", Value::string(name));
  spec.append("unique", Value::boolean(true));
  spec.append("sparse", Value::boolean(true));
  return IndexRecord::of(id, OwnedDocument(spec.take()));
}

std::optional<IndexRecord> index_of(const Element& element, uint32_t place) {
  if (element.value.is_array()) {
    return place == 0 ? IndexRecord::of_id() : index_of_paths(place, element.value.as_array());
  }
  if (!element.value.is_object()) return std::nullopt;
  const Document index = element.value.as_object();
  if (index.get("id").type() != Type::kLong || !index.get("spec").is_object()) return std::nullopt;
  const Document spec = index.get("spec").as_object();
  if (!spec.get("key").is_object() || !spec.get("name").is_string()) return std::nullopt;
  if (place == 0) return IndexRecord::of_id();
  return IndexRecord::of(static_cast<uint32_t>(index.get("id").as_long()), spec);
}

}  // namespace

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
  for (const Element& element : document.get("indexes").as_array()) {
    auto index = index_of(element, static_cast<uint32_t>(record.indexes.size()));
    if (!index) return damaged.clone();
    record.indexes.push_back(std::move(*index));
  }
  if (record.indexes.empty()) return damaged.clone();
  record.measured = document.get("bytes").type() == Type::kLong;
  if (!record.measured) {
    record.next_index = static_cast<uint32_t>(record.indexes.size());
    return record;
  }
  if (document.get("created").type() != Type::kDate || document.get("next_index").type() != Type::kLong) {
    return damaged.clone();
  }
  record.bytes = static_cast<uint64_t>(document.get("bytes").as_long());
  record.created = document.get("created").as_date();
  record.next_index = static_cast<uint32_t>(document.get("next_index").as_long());
  return record;
}

Result<std::string> namespace_of(std::string_view db, std::string_view coll) {
  constexpr std::string_view kForbiddenInDb("/\\. \"$\0", 7);
  if (db.empty() || db.size() > 63 || coll.empty() || contains_any(db, kForbiddenInDb)) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid namespace specified '{}.{}'", db, coll);
  }
  if (coll.front() == '.') {
    return Error(ErrorCode::kInvalidNamespace, "Collection names cannot start with '.': {}", coll);
  }
  constexpr std::string_view kForbiddenInColl("$\0", 2);
  if (contains_any(coll, kForbiddenInColl)) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid collection name: {}", coll);
  }
  if (db.size() + 1 + coll.size() > 255) {
    return Error(ErrorCode::kInvalidNamespace, "Fully qualified namespace is too long. Namespace: {}.{} Max: 255", db,
                 coll);
  }
  return fmt::format("{}.{}", db, coll);
}

Result<std::string> client_namespace(std::string_view db, std::string_view coll) {
  PS_TRY(std::string name, namespace_of(db, coll));
  if (coll.starts_with("system.")) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid system namespace: {}", name);
  }
  return name;
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

std::string keys_prefix(uint32_t collection, std::optional<uint32_t> index) {
  std::string prefix = document_prefix(collection);
  if (index) append_big_endian(*index, prefix);
  return prefix;
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
