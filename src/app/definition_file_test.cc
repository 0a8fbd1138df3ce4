// SPDX-License-Identifier: Apache-2.0
#include "app/definition_file.h"

#include <gmock/gmock.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kDefinition =
    R"({"name": "p", "pipeline": [{"$source": {}}], "options": {"tier": "SP2", "dlq": {"db": "d"}}})";

std::string create_of(std::string_view text, std::string_view name) {
  const auto definition = parse_definition_file(text, "p.json");
  return definition.ok() ? to_json(create_processor_request(*definition, name)) : definition.error().message();
}

TEST(DefinitionFile, BecomesACreateRequest) {
  EXPECT_EQ(create_of(kDefinition, "q"), R"({"createStreamProcessor":"q","pipeline":[{"$source":{}}],)"
                                         R"("options":{"tier":"SP2","dlq":{"db":"d"}}})");
  EXPECT_EQ(create_of(R"([{"$source": {}}])", "q"), R"({"createStreamProcessor":"q","pipeline":[{"$source":{}}]})");
  EXPECT_EQ(create_of(R"({"pipeline": []})", "q"), R"({"createStreamProcessor":"q","pipeline":[]})");
  EXPECT_EQ(parse_definition_file(kDefinition, "p.json")->name, "p");
  EXPECT_EQ(parse_definition_file("[]", "p.json")->name, "");
}

TEST(DefinitionFile, MistakesNameFileAndPlace) {
  struct Case {
    std::string_view text, error;
  };
  for (const Case& c : {Case{"{", "p.json:1:2: "}, Case{"[1,\n}", "p.json:2:1: "},
                        Case{R"({"pipelin": []})", R"(a definition has no field "pipelin". Did you mean "pipeline"?)"},
                        Case{R"({"name": "p"})", "p.json: a definition is an array of stages, or"},
                        Case{R"({"pipeline": {}})", "p.json: a definition is"},
                        Case{R"({"pipeline": [], "name": 1})", "p.json: a definition is"},
                        Case{R"({"pipeline": [], "options": []})", "p.json: a definition is"}}) {
    EXPECT_THAT(create_of(c.text, "q"), HasSubstr(c.error)) << c.text;
  }
}

TEST(DefinitionFile, BecomesAModifyRequest) {
  const auto definition = parse_definition_file(kDefinition, "p.json");
  struct Case {
    ModifyFlags flags;
    bool with_file;
    std::string_view request;
  };
  const Case cases[] = {
      {{.fresh = true}, false, R"({"modifyStreamProcessor":"p","resumeFromCheckpoint":false})"},
      {{.rename = "q", .tier = "SP5"}, false, R"({"modifyStreamProcessor":"p","name":"q","tier":"SP5"})"},
      {{}, true, R"({"modifyStreamProcessor":"p","tier":"SP2","dlq":{"db":"d"},"pipeline":[{"$source":{}}]})"},
      {{.tier = "SP5"},
       true,
       R"({"modifyStreamProcessor":"p","tier":"SP5","dlq":{"db":"d"},"pipeline":[{"$source":{}}]})"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_json(modify_processor_request("p", c.flags, c.with_file ? &*definition : nullptr)), c.request);
  }
}

}  // namespace
}  // namespace penstock
