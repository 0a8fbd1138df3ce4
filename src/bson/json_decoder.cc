// SPDX-License-Identifier: Apache-2.0
#include "bson/json_decoder.h"

#include <algorithm>
#include <bit>

#include "bson/record_nested.h"
#include "bson/record_scanner.h"
#include "bson/record_shape.h"

namespace penstock {

using record::BsonBuffer;
using record::Cursor;
using record::Step;

namespace {

constexpr size_t kTextBytesMax = 8 * kDocumentBytesMax;  // Only blanks and long numbers shrink.
// From here on a record could be too large as BSON (a list of small numbers grows sevenfold), which only building it
// tells; so fields of larger texts come out of the whole document, and both ways refuse the same records.
constexpr size_t kFieldsTextBytesMax = kDocumentBytesMax / 16;

std::string_view kind_of(char c) {
  if (c == '"') return "a string";
  if (c == '-' || (c >= '0' && c <= '9')) return "a number";
  if (c == 't' || c == 'f') return "a boolean";
  if (c == 'n') return "null";
  return {};
}

}  // namespace

class JsonDecoder::Impl {
 public:
  explicit Impl(std::vector<std::string> wanted) : shapes_(std::move(wanted)), nested_(scanner_) {}

  Result<void> decode_fields(std::string_view text, Arena& arena, Value* slots);
  Result<Document> decode_document(std::string_view text, Arena& arena);

 private:
  Result<const char*> find_start(std::string_view text);
  Result<const char*> find_unusual_start(std::string_view text);
  const char* read_fields(const char* p, Arena& arena, Value* slots);
  const char* read_field(const char* p, Arena& arena, Value* to);
  const char* build_field(const char* p, Arena& arena, Value& to);
  Cursor read_object(Cursor at);
  Result<void> pick_fields(std::string_view text, Arena& arena, Value* slots);
  const char* check_tail(const char* p);
  Error explain(std::string_view text);

  record::RecordScanner scanner_;
  record::Shapes shapes_;
  record::NestedValues nested_;
};

// Where the object or array starts. No value is read yet.
Result<const char*> JsonDecoder::Impl::find_start(std::string_view text) {
  scanner_.start(text);
  if (!text.empty() && text[0] == '{' && text.size() <= kTextBytesMax) [[likely]]
    return text.data();
  return find_unusual_start(text);
}

Result<const char*> JsonDecoder::Impl::find_unusual_start(std::string_view text) {
  if (text.empty()) return Error(ErrorCode::kFailedToParse, "the record is empty");
  if (text.size() > kTextBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the record has {} bytes, more than {}", text.size(), kTextBytesMax);
  }
  const char* p = text.data();
  constexpr size_t kFrameBytes = 5;  // 00 and a schema id
  if (text[0] == 0 && text.size() > kFrameBytes && text[kFrameBytes] == '{') p += kFrameBytes;
  if (text.starts_with("\xef\xbb\xbf")) p += 3;
  p = scanner_.skip_space(p);
  if (p == scanner_.end()) return Error(ErrorCode::kFailedToParse, "the record holds nothing but white space");
  if (*p == '{' || *p == '[') return p;
  if (const std::string_view kind = kind_of(*p); !kind.empty()) {
    return Error(ErrorCode::kFailedToParse, "a record must be a JSON object or array, found {}", kind);
  }
  scanner_.expected(p, "an object or an array");
  return scanner_.error();
}

// Only white space may follow. Answers `p` so that it can be returned.
const char* JsonDecoder::Impl::check_tail(const char* p) {
  const char* const end = scanner_.end();
  if (p == end) [[likely]]
    return p;
  if (p > end) return scanner_.expected(p, "the end of the record's object or array");
  const char* rest = scanner_.skip_space(p);
  if (rest != end) return scanner_.expected(rest, "nothing more after the record's end");
  return p;
}

// The error of a text that was refused. It is looked for once more, in a copy with NULs behind it and without what was
// learnt, so that the same text always gives the same sentence.
Error JsonDecoder::Impl::explain(std::string_view text) {
  if (scanner_.error().code() == ErrorCode::kBsonObjectTooLarge) return scanner_.error();
  std::string copy(text);
  copy.append(kPadding, '\0');
  Result<const char*> start = find_start({copy.data(), text.size()});
  if (!start.ok()) return start.take_error();
  const char* p = nested_.skip(*start, 0);
  if (p != nullptr) p = check_tail(p);
  PS_CHECK(p == nullptr, "a text is refused only by the rules that skip() has");
  return scanner_.error();
}

Result<void> JsonDecoder::Impl::decode_fields(std::string_view text, Arena& arena, Value* slots) {
  PS_TRY(const char* p, find_start(text));
  if (*p == '[' || text.size() > kFieldsTextBytesMax) [[unlikely]]
    return pick_fields(text, arena, slots);
  p = read_fields(p, arena, slots);
  if (p == nullptr || check_tail(p) == nullptr) [[unlikely]]
    return explain(text);
  return {};
}

Result<void> JsonDecoder::Impl::pick_fields(std::string_view text, Arena& arena, Value* slots) {
  PS_TRY(Document document, decode_document(text, arena));
  for (const std::string& name : shapes_.wanted())
    *slots++ = document.get(name);
  return {};
}

// The path of every record: the two frequent kinds of values are read here, in place.
const char* JsonDecoder::Impl::read_fields(const char* p, Arena& arena, Value* slots) {
  const char* const end = scanner_.end();
  Step* step = shapes_.start();
  uint64_t seen = 0;
  Value unwanted;
  for (;;) {
    Step* const before = step;
    step = before->next;
    if (step->matches(p, end)) [[likely]] {
      p += step->length;
    } else {
      const record::Found found = shapes_.read_step(scanner_, p, before);
      if (found.text == nullptr) return nullptr;
      p = found.text;
      step = found.step;
    }
    if (step->closes) break;
    const uint64_t bit = step->slot_bit & ~seen;  // The first of repeated names wins.
    seen |= bit;
    Value* const to = bit != 0 ? slots + step->slot : &unwanted;
    if (*p == '"') {
      const char* const stop = record::find_stop(p + 1, end);
      if (*stop == '"') [[likely]] {
        *to = Value::string({p + 1, static_cast<size_t>(stop - p - 1)});
        p = stop + 1;
        continue;
      }
    } else if (record::PlainNumber n; const char* next = record::plain_number(p, n)) {
      *to = n.is_real ? Value::number(n.real) : record::integer_value(n.integer);
      p = next;
      continue;
    }
    p = read_field(p, arena, bit != 0 ? to : nullptr);
    if (p == nullptr) return nullptr;
  }
  for (uint64_t absent = shapes_.wanted_bits() & ~seen; absent != 0; absent &= absent - 1)
    slots[std::countr_zero(absent)] = Value::missing();
  return p;
}

// Any value; `to` is null if nobody wants it.
const char* JsonDecoder::Impl::read_field(const char* p, Arena& arena, Value* to) {
  p = scanner_.skip_space(p);
  if (to == nullptr) return nested_.skip(p, 1);
  if (p >= scanner_.end()) return scanner_.expected(p, "a value");
  if (*p == '{' || *p == '[') return build_field(p, arena, *to);
  if (*p == '-' || (*p >= '0' && *p <= '9')) return scanner_.number(p, *to);
  if (*p != '"') return scanner_.literal(p, *to);
  record::StringSpan span;
  p = scanner_.string(p + 1, span);
  if (p == nullptr) return nullptr;
  if (!span.escaped) {
    *to = Value::string({span.begin, span.size});
    return p;
  }
  char* const copy = arena.allocate(span.size);
  const char* const copy_end = record::unescape(span, copy);
  *to = Value::string({copy, static_cast<size_t>(copy_end - copy)});
  arena.shrink(copy, static_cast<size_t>(copy_end - copy));
  return p;
}

// Builds an element with an empty name and reads the value from it.
const char* JsonDecoder::Impl::build_field(const char* p, Arena& arena, Value& to) {
  BsonBuffer& buffer = nested_.buffer();
  char* out = buffer.open(arena, 512);
  out[1] = 0;
  const Cursor at = nested_.build({p, out + 2}, 0, 1);
  if (at.text == nullptr) {
    buffer.close(buffer.base());
    return nullptr;
  }
  buffer.close(at.out);
  to = Document::Iterator(buffer.base())->value;
  return at.text;
}

Result<Document> JsonDecoder::Impl::decode_document(std::string_view text, Arena& arena) {
  PS_TRY(const char* p, find_start(text));
  BsonBuffer& buffer = nested_.buffer();
  char* const out = buffer.open(arena, std::min(text.size() * 2, kDocumentBytesMax));
  const bool is_array = *p == '[';
  const Cursor at = is_array ? nested_.build_array({p + 1, out}, 1) : read_object({p, out});
  if (at.text == nullptr || check_tail(at.text) == nullptr) [[unlikely]] {
    buffer.close(buffer.base());
    return explain(text);
  }
  buffer.close(at.out);
  const Document document(buffer.base());
  if (document.size() > kDocumentBytesMax) [[unlikely]] {
    return Error(ErrorCode::kBsonObjectTooLarge, "the document would have {} bytes, more than {}", document.size(),
                 kDocumentBytesMax);
  }
  return document;
}

// The top level, as read_fields: an object stays an object here even if its names start with '$'.
Cursor JsonDecoder::Impl::read_object(Cursor at) {
  constexpr Cursor kFailed{nullptr, nullptr};
  const char* const end = scanner_.end();
  BsonBuffer& buffer = nested_.buffer();
  const char* p = at.text;
  char* out = at.out + 4;
  Step* step = shapes_.start();
  for (;;) {
    Step* const before = step;
    step = before->next;
    if (step->matches(p, end)) [[likely]] {
      p += step->length;
    } else {
      const record::Found found = shapes_.read_step(scanner_, p, before);
      if (found.text == nullptr) return kFailed;
      p = found.text;
      step = found.step;
    }
    if (step->closes) break;
    out = buffer.reserve(out, step->name_size);
    if (out == nullptr) return nested_.too_large();
    char* const type = out;
    record::copy_loosely(out + 1, step->name, step->name_size);
    out += 1 + step->name_size;
    *out++ = 0;
    if (*p == '"') {
      const char* const stop = record::find_stop(p + 1, end);
      const auto size = static_cast<size_t>(stop - p - 1);
      if (*stop == '"' && buffer.fits(out, size)) [[likely]] {
        *type = static_cast<char>(Type::kString);
        out = record::put_string(p + 1, size, out);
        p = stop + 1;
        continue;
      }
    } else if (record::PlainNumber n; const char* next = record::plain_number(p, n)) {
      const bool is_int = !n.is_real && n.integer == static_cast<int32_t>(n.integer);
      const int64_t bits = n.is_real ? std::bit_cast<int64_t>(n.real) : n.integer;
      *type = static_cast<char>(n.is_real ? Type::kDouble : is_int ? Type::kInt : Type::kLong);
      std::memcpy(out, &bits, sizeof bits);  // Little endian: the low half comes first.
      out += is_int ? 4 : 8;
      p = next;
      continue;
    }
    const Cursor next = nested_.build({p, out}, static_cast<size_t>(type - buffer.base()), 1);
    if (next.text == nullptr) return next;
    p = next.text;
    out = next.out;
  }
  return nested_.close({p, out}, 0);
}

JsonDecoder::JsonDecoder(std::vector<std::string> wanted) : impl_(std::make_unique<Impl>(std::move(wanted))) {}
JsonDecoder::~JsonDecoder() = default;
JsonDecoder::JsonDecoder(JsonDecoder&&) noexcept = default;

Result<void> JsonDecoder::decode_fields(std::string_view text, Arena& arena, Value* slots) {
  return impl_->decode_fields(text, arena, slots);
}
Result<Document> JsonDecoder::decode_document(std::string_view text, Arena& arena) {
  return impl_->decode_document(text, arena);
}

}  // namespace penstock
