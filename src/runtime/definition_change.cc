// SPDX-License-Identifier: Apache-2.0
#include "runtime/definition_change.h"

#include <fmt/format.h>

#include <vector>

#include "bson/compare.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr size_t kPlacesMax = 3;
constexpr size_t kValueCharsMax = 60;

std::string shown(const Value& value) {
  if (value.is_missing()) return "nothing";
  std::string text = to_json(value);
  if (text.size() > kValueCharsMax) text = text.substr(0, kValueCharsMax) + "...";
  return text;
}

class Difference {
 public:
  void compare(const Value& before, const Value& after, const std::string& path) {
    if (to_json(before, JsonStyle::kCanonical) == to_json(after, JsonStyle::kCanonical)) return;
    const bool objects = before.is_object() && after.is_object();
    const bool arrays = before.is_array() && after.is_array();
    const size_t known = places_.size();
    if (objects || arrays) {
      const Document a = before.as_container();
      const Document b = after.as_container();
      for (const Element& element : a)
        compare(element.value, b.get(element.name), below(path, element.name, arrays));
      for (const Element& element : b) {
        if (!a.has(element.name)) compare(Value::missing(), element.value, below(path, element.name, arrays));
      }
      if (places_.size() == known) add(fmt::format("{}: the order of the fields", path));
      return;
    }
    add(fmt::format("{}: {} -> {}", path, shown(before), shown(after)));
  }

  std::string text() const {
    if (places_.size() <= kPlacesMax) return fmt::format("{}", fmt::join(places_, "; "));
    const std::vector<std::string> first(places_.begin(), places_.begin() + kPlacesMax);
    return fmt::format("{}; and {} more", fmt::join(first, "; "), places_.size() - kPlacesMax);
  }

 private:
  static std::string below(const std::string& path, std::string_view name, bool array) {
    if (array) return fmt::format("{}[{}]", path, name);
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }
  void add(std::string place) { places_.push_back(std::move(place)); }

  std::vector<std::string> places_;
};

}  // namespace

std::string definition_change(std::string_view before, std::string_view after) {
  if (before == after) return {};
  const auto a = parse_ejson(before);
  const auto b = parse_ejson(after);
  if (!a.ok() || !b.ok()) return "it cannot be compared";
  Difference difference;
  difference.compare(Value::object(a->document), Value::object(b->document), "");
  return difference.text();
}

}  // namespace penstock
