// SPDX-License-Identifier: Apache-2.0
// Documents from text and back, and a folder that goes away: for the tests of the stores.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bson/ejson.h"

namespace penstock {

inline OwnedDocument doc(std::string_view json) {
  auto parsed = parse_filter(json);
  EXPECT_TRUE(parsed.ok()) << json << ": " << (parsed.ok() ? "" : parsed.error().message());
  return parsed.ok() ? std::move(*parsed) : OwnedDocument();
}

inline std::vector<OwnedDocument> docs(std::initializer_list<std::string_view> texts) {
  std::vector<OwnedDocument> documents;
  for (std::string_view text : texts)
    documents.push_back(doc(text));
  return documents;
}

inline std::string text_of(const std::vector<OwnedDocument>& documents) {
  std::string text;
  for (const OwnedDocument& document : documents)
    text += to_json(document.view()) + " ";
  return text;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace penstock
