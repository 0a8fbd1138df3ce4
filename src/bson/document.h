// SPDX-License-Identifier: Apache-2.0
// BSON documents: a view over valid bytes, an iterator, a builder.
//
// Document is a view: the bytes were checked when they entered (validate_bson, the JSON decoder, a DocumentBuilder), so
// iterating does no checks of its own. Layout: int32 total size, elements, one NUL.
// Limits: a document has at most kDocumentBytesMax bytes and kDepthMax levels (as MongoDB).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/value.h"

namespace penstock {

constexpr size_t kDocumentBytesMax = 16 * 1024 * 1024;
constexpr size_t kDepthMax = 180;  // Levels of objects and arrays, as MongoDB allows for stored documents.

struct Element {
  std::string_view name;
  Value value;
};

class Document {
 public:
  Document() : data_(kEmpty) {}
  // `data` points at valid BSON that outlives the view.
  explicit Document(const char* data) : data_(data) {}

  const char* data() const { return data_; }
  size_t size() const {
    int32_t n;
    std::memcpy(&n, data_, sizeof n);
    return static_cast<size_t>(n);
  }
  std::string_view bytes() const { return {data_, size()}; }
  bool empty() const { return size() <= 5; }

  class Iterator {
   public:
    // `at` points at an element or at the NUL that ends the document.
    explicit Iterator(const char* at) : at_(at) { read(); }
    const Element& operator*() const { return element_; }
    const Element* operator->() const { return &element_; }
    Iterator& operator++() {
      at_ = next_;
      read();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Document;
    struct AtEnd {};
    Iterator(const char* at, AtEnd) : at_(at) {}
    void read();
    const char* read_rare(Type type, const char* payload);  // The value into element_; gives the next element.
    const char* at_;
    const char* next_ = nullptr;
    Element element_;
  };
  Iterator begin() const { return Iterator(data_ + 4); }
  Iterator end() const { return Iterator(data_ + size() - 1, Iterator::AtEnd{}); }

  // The first field of that name, or missing (reference mql-semantics 3.1).
  Value get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).is_missing(); }
  size_t count() const;  // Number of elements; walks them.

 private:
  static const char kEmpty[5];
  const char* data_;
};

inline void Document::Iterator::read() {
  auto type = static_cast<Type>(*at_);
  if (type == Type::kMissing) return;  // The document's last byte.
  const char* name = at_ + 1;
  size_t name_size = std::strlen(name);
  element_.name = {name, name_size};
  const char* payload = name + name_size + 1;
  switch (type) {
    case Type::kInt: {
      int32_t n;
      std::memcpy(&n, payload, sizeof n);
      element_.value = Value::int32(n);
      next_ = payload + sizeof n;
      return;
    }
    case Type::kDouble: {
      double d;
      std::memcpy(&d, payload, sizeof d);
      element_.value = Value::number(d);
      next_ = payload + sizeof d;
      return;
    }
    case Type::kLong:
    case Type::kDate: {
      int64_t n;
      std::memcpy(&n, payload, sizeof n);
      element_.value = type == Type::kLong ? Value::int64(n) : Value::date({n});
      next_ = payload + sizeof n;
      return;
    }
    case Type::kString: {
      int32_t n;  // With the NUL.
      std::memcpy(&n, payload, sizeof n);
      element_.value = Value::string({payload + 4, static_cast<size_t>(n) - 1});
      next_ = payload + 4 + n;
      return;
    }
    case Type::kObject:
    case Type::kArray: {
      int32_t n;
      std::memcpy(&n, payload, sizeof n);
      element_.value = Value::raw(type, {payload, static_cast<size_t>(n)});
      next_ = payload + n;
      return;
    }
    default: next_ = read_rare(type, payload);
  }
}

inline Value Value::object(Document d) { return Value(Type::kObject, d.data(), d.size()); }
inline Value Value::array(Document d) { return Value(Type::kArray, d.data(), d.size()); }
inline Document Value::as_object() const { return Document(expect(Type::kObject).data_); }
inline Document Value::as_array() const { return Document(expect(Type::kArray).data_); }
inline Document Value::as_container() const {
  PS_CHECK(type_ == Type::kObject || type_ == Type::kArray);
  return Document(data_);
}

// The parts of a javascriptWithScope value, views into its bytes.
struct JavaScriptWithScope {
  std::string_view code;
  Document scope;
};
JavaScriptWithScope split_javascript_with_scope(const Value& value);

// Appends elements to one growing buffer; nested documents are written in place.
//   DocumentBuilder b;  b.append("a", Value::int32(1));  size_t m = b.begin_object("o"); ... b.end(m);
//   std::string bytes = b.take();           or  Document d = b.finish_in(arena);
// A missing value is not written. Names hold no NUL. The elements of a begin_array are named by the caller
// (index_name).
class DocumentBuilder {
 public:
  void clear() { used_ = 4; }
  void append(std::string_view name, const Value& value);
  // Copies every element of `document`.
  void append_all(Document document);
  [[nodiscard]] size_t begin_object(std::string_view name) { return begin(Type::kObject, name); }
  [[nodiscard]] size_t begin_array(std::string_view name) { return begin(Type::kArray, name); }
  // Closes what begin_* opened; marks close in reverse order.
  void end(size_t mark);
  size_t size() const { return used_ + 1; }  // As if finished now.
  // Finishes: the whole document. The builder is empty afterwards.
  std::string take();
  // Finishes into the arena and clears, keeping the buffer: the steady state allocates nothing.
  Document finish_in(Arena& arena);
  // Finishes and shows the bytes, valid until the next call. The next append starts a new document.
  Document finish();

 private:
  size_t begin(Type type, std::string_view name);
  // Room for `size` bytes behind used_; the caller moves used_.
  char* room(size_t size) {
    if (used_ + size > buffer_.size()) grow(size);
    return buffer_.data() + used_;
  }
  void grow(size_t size);
  char* write_name(Type type, std::string_view name, size_t payload_size);
  // The string is the reserved memory, so that growing in small steps costs no filling.
  std::string buffer_;
  size_t used_ = 4;
};

// Array values with their index names. Same rules as DocumentBuilder; a missing item is written as null.
class ArrayBuilder {
 public:
  void append(const Value& value);
  Document finish_in(Arena& arena);
  size_t count() const { return count_; }
  void clear();

 private:
  DocumentBuilder builder_;
  uint32_t count_ = 0;
};

// "0", "1", ...: the name of an array element; the view lives for ever for small indexes, else in `scratch` (12 bytes).
std::string_view index_name(uint32_t index, char* scratch);

// Checks foreign bytes: lengths, types, NULs, UTF-8 of names and strings, depth. Iterative, so depth cannot exhaust the
// stack. Error kInvalidBson says what and at which offset. On success Document(bytes.data()) is safe.
Result<void> validate_bson(std::string_view bytes, size_t bytes_max = kDocumentBytesMax, size_t depth_max = kDepthMax);

// An owned document, for definitions, results and keys that outlive a batch.
class OwnedDocument {
 public:
  OwnedDocument();
  explicit OwnedDocument(Document d);
  explicit OwnedDocument(std::string bytes) : bytes_(std::move(bytes)) {}
  Document view() const { return Document(bytes_.data()); }
  operator Document() const { return view(); }  // NOLINT
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace penstock
