// SPDX-License-Identifier: Apache-2.0
// One pass over foreign bytes. The open documents are a small array of their ends, so that depth costs no stack.
#include <array>
#include <cstring>

#include "bson/document.h"
#include "bson/utf8.h"

namespace penstock {
namespace {

constexpr size_t kLevels = 256;  // Above every depth_max that is asked for.

class Validator {
 public:
  Validator(std::string_view bytes, size_t depth_max) : bytes_(bytes), depth_max_(depth_max) {}

  Result<void> run() {
    PS_TRY(open(bytes_.size()));
    if (ends_[0] != bytes_.size()) {
      return wrong(0, fmt::format("its length says {} bytes, found {}", ends_[0], bytes_.size()));
    }
    while (depth_ > 0) {
      size_t last = ends_[depth_ - 1] - 1;  // The NUL that ends the innermost document.
      if (at_ == last) {
        at_++;
        depth_--;
        continue;
      }
      PS_TRY(element(last));
    }
    return {};
  }

 private:
  static Error wrong(size_t at, std::string_view what) {
    return Error(ErrorCode::kInvalidBson, "invalid BSON at byte {}: {}", at, what);
  }

  int32_t int32_at(size_t at) const {
    int32_t n;
    std::memcpy(&n, bytes_.data() + at, sizeof n);
    return n;
  }

  // A document begins at at_ and must end at or before `limit`.
  Result<void> open(size_t limit) {
    if (limit - at_ < 5) return wrong(at_, "a document is cut off");
    int32_t size = int32_at(at_);
    if (size < 5) return wrong(at_, fmt::format("a document of {} bytes, 5 is the least", size));
    if (static_cast<size_t>(size) > limit - at_) {
      return wrong(at_, fmt::format("a document of {} bytes where {} are left", size, limit - at_));
    }
    size_t end = at_ + static_cast<size_t>(size);
    if (bytes_[end - 1] != 0) return wrong(end - 1, "a document does not end with NUL");
    if (depth_ == depth_max_) return wrong(at_, fmt::format("more than {} levels of objects and arrays", depth_max_));
    ends_[depth_++] = static_cast<uint32_t>(end);
    at_ += 4;
    return {};
  }

  // A NUL-terminated text before `last`: a name, a pattern, flags.
  Result<void> c_string(size_t last, std::string_view what) {
    const void* nul = std::memchr(bytes_.data() + at_, 0, last - at_);
    if (nul == nullptr) return wrong(at_, fmt::format("{} is not ended", what));
    size_t size = static_cast<size_t>(static_cast<const char*>(nul) - bytes_.data()) - at_;
    PS_TRY(utf8(size, what));
    at_ += size + 1;
    return {};
  }

  Result<void> utf8(size_t size, std::string_view what) {
    size_t good = valid_utf8_size(bytes_.substr(at_, size));
    if (good != size) return wrong(at_ + good, fmt::format("{} is not UTF-8", what));
    return {};
  }

  Result<void> fixed(size_t last, size_t size) {
    if (last - at_ < size) return wrong(at_, fmt::format("a value of {} bytes where {} are left", size, last - at_));
    at_ += size;
    return {};
  }

  // int32 length with the NUL, text, NUL.
  Result<void> text(size_t last) {
    size_t begin = at_;
    PS_TRY(fixed(last, 4));
    int32_t size = int32_at(begin);
    if (size < 1 || static_cast<size_t>(size) > last - at_) {
      return wrong(begin, fmt::format("a string of {} bytes where {} are left", size, last - at_));
    }
    size_t nul = at_ + static_cast<size_t>(size) - 1;
    if (bytes_[nul] != 0) return wrong(nul, "a string does not end with NUL");
    PS_TRY(utf8(nul - at_, "a string"));
    at_ = nul + 1;
    return {};
  }

  Result<void> binary(size_t last) {
    size_t begin = at_;
    PS_TRY(fixed(last, 5));
    int32_t size = int32_at(begin);
    if (size < 0 || static_cast<size_t>(size) > last - at_) {
      return wrong(begin, fmt::format("binary data of {} bytes where {} are left", size, last - at_));
    }
    // The old subtype 2 repeats the length inside.
    if (bytes_[begin + 4] == 2 && (size < 4 || int32_at(at_) != size - 4)) {
      return wrong(at_, "the inner length of binary data of subtype 2 is wrong");
    }
    at_ += static_cast<size_t>(size);
    return {};
  }

  Result<void> boolean(size_t last) {
    PS_TRY(fixed(last, 1));
    if (static_cast<unsigned char>(bytes_[at_ - 1]) > 1) return wrong(at_ - 1, "a bool that is neither 0 nor 1");
    return {};
  }

  // int32 total, text, scope: the parts must fill the total.
  Result<void> javascript_with_scope(size_t last) {
    size_t begin = at_;
    PS_TRY(fixed(last, 4));
    int32_t size = int32_at(begin);
    if (size < 14 || static_cast<size_t>(size) > last - begin) {
      return wrong(begin, fmt::format("JavaScript with scope of {} bytes where {} are left", size, last - begin));
    }
    size_t end = begin + static_cast<size_t>(size);
    PS_TRY(text(end));
    PS_TRY(open(end));
    if (ends_[depth_ - 1] != end) return wrong(begin, "the length of JavaScript with scope is wrong");
    return {};
  }

  Result<void> element(size_t last) {
    auto type = static_cast<Type>(bytes_[at_]);
    size_t begin = at_++;
    PS_TRY(c_string(last, "a name"));
    switch (type) {
      case Type::kDouble:
      case Type::kDate:
      case Type::kTimestamp:
      case Type::kLong: return fixed(last, 8);
      case Type::kInt: return fixed(last, 4);
      case Type::kObjectId: return fixed(last, 12);
      case Type::kDecimal: return fixed(last, 16);
      case Type::kBool: return boolean(last);
      case Type::kString:
      case Type::kJavaScript:
      case Type::kSymbol: return text(last);
      case Type::kObject:
      case Type::kArray: return open(last);
      case Type::kBinData: return binary(last);
      case Type::kRegex: PS_TRY(c_string(last, "a pattern")); return c_string(last, "the flags of a pattern");
      case Type::kDbPointer: PS_TRY(text(last)); return fixed(last, 12);
      case Type::kJavaScriptWithScope: return javascript_with_scope(last);
      case Type::kUndefined:
      case Type::kNull:
      case Type::kMaxKey:
      case Type::kMinKey: return {};
      default: return wrong(begin, fmt::format("type {} is not known", static_cast<unsigned>(type)));
    }
  }

  std::string_view bytes_;
  size_t depth_max_;
  size_t at_ = 0;
  size_t depth_ = 0;
  std::array<uint32_t, kLevels> ends_;  // Not filled: only the first depth_ are read.
};

}  // namespace

Result<void> validate_bson(std::string_view bytes, size_t bytes_max, size_t depth_max) {
  PS_CHECK(depth_max <= kLevels);
  if (bytes.size() > bytes_max) {
    return Error(ErrorCode::kBsonObjectTooLarge, "a document of {} bytes, {} is the limit", bytes.size(), bytes_max);
  }
  return Validator(bytes, depth_max).run();
}

}  // namespace penstock
