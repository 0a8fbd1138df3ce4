// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>

#include "bson/ejson.h"
#include "bson/ejson_wrapper.h"
#include "bson/json_scanner.h"
#include "bson/utf8.h"

namespace penstock {
namespace {

// BSON of a text can be several times as long and must stay below 2 GiB.
constexpr size_t kTextBytesMax = 128 * 1024 * 1024;

class EjsonReader {
 public:
  EjsonReader(std::string_view text, bool relaxed) : scan_(text, relaxed) {}

  // `begins`: the brackets that the text may begin with.
  Result<ParsedJson> read(std::string_view begins) {
    char first = scan_.next();
    if (scan_.at_end()) return scan_.unexpected(expected_begin(begins), "the text is empty");
    if (begins.find(first) == std::string_view::npos) return scan_.unexpected(expected_begin(begins));
    remember();
    parsed_.type = first == '{' ? Type::kObject : Type::kArray;
    DocumentBuilder builder;
    Opened opened = open();
    if (first == '{') {
      if (!scan_.take('}')) {
        if (scan_.at_end()) return not_closed(opened, "a key in double quotes");
        std::string key;
        PS_TRY(next_key(key));
        PS_TRY(members(0, std::move(key), opened, builder));
      }
    } else {
      PS_TRY(items(opened, builder));
    }
    if (!scan_.at_end()) return scan_.unexpected("nothing more", "the text is complete before it");
    parsed_.document = OwnedDocument(builder.take());
    return std::move(parsed_);
  }

 private:
  // A bracket that was opened, for the error that it is not closed.
  struct Opened {
    char bracket;
    TextPosition where;
  };

  static std::string_view expected_begin(std::string_view begins) {
    return begins.size() == 1 ? R"("{")" : R"("{" or "[")";
  }

  Opened open() {
    Opened opened{scan_.next(), scan_.position()};
    scan_.take(opened.bracket);
    return opened;
  }

  Error not_closed(const Opened& opened, std::string_view expected) {
    bool wrong_bracket = scan_.next() == '}' || scan_.next() == ']';
    if (scan_.at_end() || wrong_bracket) {
      return scan_.unexpected(expected, fmt::format("the \"{}\" of line {}, column {} is not closed", opened.bracket,
                                                    opened.where.line, opened.where.column));
    }
    constexpr std::string_view kBegins = "\"{[-0123456789tfn";
    bool value = kBegins.find(scan_.next()) != std::string_view::npos;
    return scan_.unexpected(expected, value ? "a comma is missing before it" : "");
  }

  void remember() { parsed_.positions.emplace(path_, scan_.position()); }

  // The members of an object up to its "}"; the first key has been read. The object's own path is `path_size` long.
  Result<void> members(size_t path_size, std::string key, const Opened& opened, DocumentBuilder& to) {
    std::unordered_set<std::string> names;
    while (true) {
      if (!scan_.take(':')) return scan_.unexpected(fmt::format("\":\" behind the key \"{}\"", key));
      PS_TRY(value(key, to));
      path_.resize(path_size);
      names.insert(std::move(key));
      if (scan_.take('}')) return {};
      if (!scan_.take(',')) return not_closed(opened, R"("," or "}")");
      if (scan_.next() == '}') {
        return scan_.unexpected("a key in double quotes", "there is no comma behind the last member of an object");
      }
      TextPosition where = scan_.position();
      if (scan_.at_end()) return not_closed(opened, "a key in double quotes");
      key.clear();
      PS_TRY(next_key(key));
      if (names.contains(key)) {
        return JsonScanner::wrong(where,
                                  fmt::format("found the key \"{}\" again, expected each key once per object", key));
      }
    }
  }

  // Reads a key and enters its path.
  Result<void> next_key(std::string& key) {
    TextPosition where = (scan_.next(), scan_.position());
    PS_TRY(scan_.key(key));
    if (!path_.empty()) path_.push_back('.');
    path_ += key;
    parsed_.positions.emplace(path_, where);
    return {};
  }

  Result<void> items(const Opened& opened, DocumentBuilder& to) {
    if (scan_.take(']')) return {};
    size_t path_size = path_.size();
    for (uint32_t index = 0;; index++) {
      char scratch[12];
      std::string_view name = index_name(index, scratch);
      path_ += '[';
      path_ += name;
      path_ += ']';
      if (scan_.at_end()) return not_closed(opened, "a value");
      remember();
      PS_TRY(value(name, to));
      path_.resize(path_size);
      if (scan_.take(']')) return {};
      if (!scan_.take(',')) return not_closed(opened, R"("," or "]")");
      if (scan_.next() == ']') {
        return scan_.unexpected("a value", "there is no comma behind the last element of an array");
      }
    }
  }

  Result<void> value(std::string_view name, DocumentBuilder& to) {
    char c = scan_.next();
    if (c == '{' || c == '[') {
      if (depth_ == kTextDepthMax) {
        return JsonScanner::wrong(scan_.position(), fmt::format("found more than {} levels of objects and arrays, "
                                                                "expected at most that",
                                                                kTextDepthMax));
      }
      depth_++;
      PS_TRY(c == '{' ? object(name, to) : array(name, to));
      depth_--;
      return {};
    }
    if (c == '"' || c == '\'') {
      std::string text;
      PS_TRY(scan_.string(text));
      to.append(name, Value::string(text));
      return {};
    }
    bool number = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
    PS_TRY(Value scalar, number ? scan_.number() : scan_.literal());
    to.append(name, scalar);
    return {};
  }

  Result<void> array(std::string_view name, DocumentBuilder& to) {
    Opened opened = open();
    size_t mark = to.begin_array(name);
    PS_TRY(items(opened, to));
    to.end(mark);
    return {};
  }

  Result<void> object(std::string_view name, DocumentBuilder& to) {
    Opened opened = open();
    if (scan_.take('}')) {
      to.append(name, Value::object(Document()));
      return {};
    }
    if (scan_.at_end()) return not_closed(opened, "a key in double quotes");
    size_t path_size = path_.size();
    std::string key;
    PS_TRY(next_key(key));
    if (!may_be_wrapper(key)) {
      size_t mark = to.begin_object(name);
      PS_TRY(members(path_size, std::move(key), opened, to));
      to.end(mark);
      path_.resize(path_size);
      return {};
    }
    DocumentBuilder inner;
    PS_TRY(members(path_size, std::move(key), opened, inner));
    path_.resize(path_size);
    Document document = inner.finish();
    auto unwrapped = unwrap(document, arena_);
    if (!unwrapped.ok()) return JsonScanner::wrong(opened.where, unwrapped.error().message());
    to.append(name, unwrapped->value_or(Value::object(document)));
    return {};
  }

  JsonScanner scan_;
  Arena arena_;  // Values that wrappers stood for.
  ParsedJson parsed_;
  std::string path_;
  size_t depth_ = 1;  // Levels that are open.
};

Result<ParsedJson> read(std::string_view text, bool relaxed, std::string_view begins) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > kTextBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "found a text of {} bytes, expected at most {}", text.size(),
                 kTextBytesMax);
  }
  size_t good = valid_utf8_size(text);
  if (good != text.size()) {
    auto line = static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(good), '\n') + 1);
    size_t line_start = text.rfind('\n', good) + 1;  // npos + 1 is 0.
    return JsonScanner::wrong(
        {line, static_cast<uint32_t>(good - line_start + 1)},
        fmt::format("found the byte 0x{:02x}, expected UTF-8", static_cast<unsigned char>(text[good])));
  }
  return EjsonReader(text, relaxed).read(begins);
}

}  // namespace

Result<ParsedJson> parse_ejson(std::string_view text) { return read(text, false, "{["); }

Result<OwnedDocument> parse_filter(std::string_view text) {
  Result<ParsedJson> parsed = read(text, true, "{");
  if (!parsed.ok()) return parsed.error().clone();
  return std::move(parsed->document);
}

TextPosition ParsedJson::position_of(std::string_view path) const {
  while (true) {
    auto found = positions.find(path);
    if (found != positions.end()) return found->second;
    if (path.empty()) return {};
    size_t cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
}

}  // namespace penstock
