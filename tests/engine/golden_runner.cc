// SPDX-License-Identifier: Apache-2.0
// golden_runner [--update] FILE...: runs golden files (tests/engine/golden_file.h), prints what differs and, last,
// "golden PASSED FAILED SKIPPED". With --update writes what came out into the files, if all modes agree.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "base/files.h"
#include "tests/engine/golden_run.h"

namespace penstock {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

Result<void> rewrite(const std::string& path, const GoldenFile& file) {
  PS_TRY(const GoldenResult result, run_golden(file, kGoldenModes[0]));
  SystemFiles files;
  PS_TRY(files.write_atomically(path, with_result(file, result)));
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  return {};
}

// What is wrong, or "".
Result<std::string> check(const std::string& path, bool update) {
  PS_TRY(std::string text, SystemFiles().read(path, kFileBytesMax));
  PS_TRY(GoldenFile file, parse_golden(text));
  if (update) {
    PS_TRY(rewrite(path, file));
    PS_TRY(text, SystemFiles().read(path, kFileBytesMax));
    PS_TRY(file, parse_golden(text));
  }
  for (const GoldenMode mode : kGoldenModes) {
    PS_TRY(const GoldenResult result, run_golden(file, mode));
    const std::string found = difference(file, result);
    if (!found.empty()) return fmt::format("  {}:\n{}", name_of(mode), found);
  }
  return std::string();
}

int run(int argc, char** argv) {
  bool update = false;
  size_t passed = 0;
  size_t failed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--update") {
      update = true;
      continue;
    }
    const auto checked = check(argument, update);
    const std::string problem = checked.ok() ? *checked : "  " + checked.error().message() + "\n";
    if (!problem.empty()) fmt::print("---- FAILED {}\n{}", argument, problem);
    ++(problem.empty() ? passed : failed);
  }
  fmt::print("golden {} {} 0\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) { return penstock::run(argc, argv); }
