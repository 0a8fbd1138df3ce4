// SPDX-License-Identifier: Apache-2.0
#include <bson/bson.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "bson/any_value.h"
#include "bson/document.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

using namespace std::string_view_literals;

// Reads everything that valid bytes promise to hold.
size_t touch(Document document) {
  size_t sum = document.count();
  for (const Element& e : document) {
    sum += e.name.size();
    for (char c : e.value.has_bytes() ? e.value.bytes() : std::string_view())
      sum += static_cast<unsigned char>(c);
    if (e.value.is_object() || e.value.is_array()) sum += touch(e.value.as_container());
    if (e.value.type() == Type::kJavaScriptWithScope) sum += touch(split_javascript_with_scope(e.value).scope);
  }
  return sum;
}

// libbson overlooks some faults (an unknown type, a name that is not UTF-8), but never refuses what is right.
bool libbson_accepts(std::string_view bytes) {
  bson_t b;
  size_t offset;
  return bson_init_static(&b, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) &&
         bson_validate(&b, static_cast<bson_validate_flags_t>(BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL),
                       &offset);
}

TEST(ValidateBson, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view why, bytes, message;
  };
  for (const Case& c : {
           Case{"nothing", ""sv, "at byte 0: a document is cut off"},
           Case{"four bytes", "\4\0\0\0"sv, "at byte 0: a document is cut off"},
           Case{"too small", "\4\0\0\0\0"sv, "at byte 0: a document of 4 bytes, 5 is the least"},
           Case{"negative", "\xFF\xFF\xFF\xFF\0"sv, "at byte 0: a document of -1 bytes, 5 is the least"},
           Case{"too long", "\6\0\0\0\0"sv, "at byte 0: a document of 6 bytes where 5 are left"},
           Case{"bytes behind", "\5\0\0\0\0\0"sv, "at byte 0: its length says 5 bytes, found 6"},
           Case{"no end", "\5\0\0\0\1"sv, "at byte 4: a document does not end with NUL"},
           Case{"unknown type", "\x08\0\0\0\x20\x61\0\0"sv, "at byte 4: type 32 is not known"},
           Case{"type 0 inside", "\x07\0\0\0\0\0\0"sv, "at byte 4: type 0 is not known"},
           Case{"name not ended", "\x07\0\0\0\x0A\x61\0"sv, "at byte 5: a name is not ended"},
           Case{"name not UTF-8", "\x08\0\0\0\x0A\xFF\0\0"sv, "at byte 5: a name is not UTF-8"},
           Case{"int cut", "\x0A\0\0\0\x10\x61\0\1\0\0"sv, "at byte 7: a value of 4 bytes where 2 are left"},
           Case{"bool 2", "\x09\0\0\0\x08\x61\0\2\0"sv, "at byte 7: a bool that is neither 0 nor 1"},
           Case{"string 0", "\x0D\0\0\0\2\x61\0\0\0\0\0\0\0"sv, "at byte 7: a string of 0 bytes where 1 are left"},
           Case{"string too long", "\x0D\0\0\0\2\x61\0\2\0\0\0\0\0"sv,
                "at byte 7: a string of 2 bytes where 1 are left"},
           Case{"string open", "\x0D\0\0\0\2\x61\0\1\0\0\0\x61\0"sv, "at byte 11: a string does not end with NUL"},
           Case{"surrogate", "\x10\0\0\0\2\x61\0\4\0\0\0\xED\xA0\x80\0\0"sv, "at byte 11: a string is not UTF-8"},
           Case{"binary", "\x0D\0\0\0\5\x61\0\1\0\0\0\0\0"sv, "at byte 7: binary data of 1 bytes where 0 are left"},
           Case{"inner object", "\x0D\0\0\0\3\x61\0\6\0\0\0\0\0"sv,
                "at byte 7: a document of 6 bytes where 5 are left"},
           Case{"pattern", "\x09\0\0\0\x0B\x61\0\x62\0"sv, "at byte 7: a pattern is not ended"},
       }) {
    auto result = validate_bson(c.bytes);
    ASSERT_FALSE(result.ok()) << c.why;
    EXPECT_EQ(result.error().message(), "invalid BSON " + std::string(c.message)) << c.why;
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidBson) << c.why;
  }
}

TEST(ValidateBson, LimitsOfSizeAndDepth) {
  auto nested = [](size_t levels) {
    DocumentBuilder b;
    std::vector<size_t> marks;
    for (size_t i = 1; i < levels; i++)
      marks.push_back(b.begin_object("a"));
    for (; !marks.empty(); marks.pop_back())
      b.end(marks.back());
    return b.take();
  };
  EXPECT_TRUE(validate_bson(nested(kDepthMax)).ok());
  auto deep = validate_bson(nested(kDepthMax + 1));
  ASSERT_FALSE(deep.ok());
  EXPECT_NE(deep.error().message().find("more than 180 levels"), std::string::npos);
  EXPECT_FALSE(validate_bson(nested(100'000), 10'000'000).ok());
  EXPECT_TRUE(validate_bson(nested(3), 21, 3).ok());
  auto large = validate_bson(nested(3), 20, 3);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code(), ErrorCode::kBsonObjectTooLarge);
}

RC_GTEST_PROP(ValidateBson, AcceptsWhatTheBuilderWrites, (const AnyDocument& any)) {
  RC_ASSERT(validate_bson(any.bytes).ok());
  RC_ASSERT(libbson_accepts(any.bytes));
}

// Cut at every length, with the length field left and made to fit.
RC_GTEST_PROP(ValidateBson, EveryTruncationIsRefusedOrSafe, (const AnyDocument& any)) {
  for (size_t size = 0; size < any.bytes.size(); size++) {
    std::string cut = any.bytes.substr(0, size);
    RC_ASSERT(!validate_bson(cut).ok());
    if (size < 5) continue;
    auto fitting = static_cast<int32_t>(size);
    std::memcpy(cut.data(), &fitting, sizeof fitting);
    cut.back() = '\0';
    std::unique_ptr<char[]> exact(new char[size]);  // So that AddressSanitizer sees one byte too many.
    std::memcpy(exact.get(), cut.data(), size);
    bool accepted = validate_bson({exact.get(), size}).ok();
    if (accepted) touch(Document(exact.get()));
    RC_ASSERT(!accepted || libbson_accepts({exact.get(), size}));
  }
}

RC_GTEST_PROP(ValidateBson, EveryChangedByteIsRefusedOrSafe, (const AnyDocument& any)) {
  std::unique_ptr<char[]> bytes(new char[any.bytes.size()]);
  std::memcpy(bytes.get(), any.bytes.data(), any.bytes.size());
  std::string_view view(bytes.get(), any.bytes.size());
  for (size_t i = 0; i < view.size(); i++) {
    char before = bytes[i];
    for (char changed : {'\0', '\1', '\x7F', '\xFF', static_cast<char>(before + 1), static_cast<char>(before ^ 0x10)}) {
      bytes[i] = changed;
      bool accepted = validate_bson(view).ok();
      if (accepted) {
        touch(Document(bytes.get()));
        to_json(Document(bytes.get()));
      }
      RC_ASSERT(!accepted || libbson_accepts(view));
    }
    bytes[i] = before;
  }
}

}  // namespace
}  // namespace penstock
