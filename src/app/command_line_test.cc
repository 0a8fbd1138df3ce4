// SPDX-License-Identifier: Apache-2.0
// What is decided before any command runs: names, options, help.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "app/commands.h"
#include "app/exit_codes.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  int exit_code;
  std::string out, err;
};

Outcome call(std::vector<std::string> words) {
  std::vector<char*> argv{const_cast<char*>("penstock")};
  for (std::string& word : words)
    argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int exit_code = command_line(static_cast<int>(argv.size()), argv.data());
  return {exit_code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(CommandLine, MistakesEndWithUsageAndSayWhatWasMeant) {
  struct Case {
    std::vector<std::string> words;
    std::string_view error;
  };
  for (const Case& c :
       {Case{{"serv"}, "there is no command \"serv\". Did you mean \"serve\"?"},
        Case{{"processor", "lst"},
             "there is no command \"lst\". Did you mean \"list\"? See penstock "
             "processor --help"},
        Case{{"processor"}, "subcommand is required"}, Case{{"processor", "start"}, "NAME is required"},
        Case{{"serve", "--wire", "27027"}, "--wire: \"27027\" is no address: write HOST:PORT"},
        Case{{"serve", "--http", "h:x"}, "--http: \"x\" is no port"},
        Case{{"serve", "--memory", "lots"}, "--memory: limits.memory: \"lots\" is no size"},
        Case{{"serve", "--nothing"}, "--nothing"},
        Case{{"processor", "list", "-o", "yaml"}, "-o takes table or json, not \"yaml\""},
        Case{{"processor", "list", "--server", "http://h/"}, "--server takes a uri such as mongodb://"},
        Case{{"processor", "sample", "p", "-n", "0"}, "--count"},
        Case{{"processor", "modify", "p"}, "say what to modify"}, Case{{"user", "create", "ada"}, "--role is required"},
        Case{{"user", "create", "ada", "--role", "admin", "--password-file", "f"},
             "--role takes atlasAdmin, readWriteAnyDatabase, readAnyDatabase, not \"admin\""},
        Case{{"processor", "list", "--password-file", "f"}, "--password-file goes with --username"},
        Case{{"cert", "create"}, "--host is required"}}) {
    const Outcome outcome = call(c.words);
    EXPECT_EQ(outcome.exit_code, kExitUsage) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(c.error));
  }
}

TEST(CommandLine, MissingServerNamesTheRemedy) {
  const Outcome outcome = call({"processor", "list", "--server", "mongodb://127.0.0.1:1/"});
  EXPECT_EQ(outcome.exit_code, kExitUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("no server answers at 127.0.0.1:1: "));
  EXPECT_THAT(outcome.err, HasSubstr("; start one: penstock serve\n"));
}

TEST(CommandLine, NeverShowsAPasswordOfAUri) {
  const Outcome outcome = call({"processor", "list", "--server", "mongodb://u:secret-marker@h:x/"});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(outcome.err.find("secret-marker"), std::string::npos) << outcome.err;
}

TEST(CommandLine, HelpShowsExamplesFirst) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"},
                                                {"serve", "--help"},
                                                {"processor", "--help"},
                                                {"processor", "create", "--help"},
                                                {"connection", "--help"},
                                                {"workspace", "--help"},
                                                {"user", "--help"},
                                                {"user", "create", "--help"},
                                                {"cert", "create", "--help"},
                                                {"run", "--help"}}) {
    const Outcome outcome = call(words);
    EXPECT_EQ(outcome.exit_code, kExitOk);
    const size_t example = outcome.out.find("Example");
    ASSERT_NE(example, std::string::npos) << outcome.out;
    EXPECT_LT(example, outcome.out.find("Usage:")) << outcome.out;
  }
}

}  // namespace
}  // namespace penstock
