// SPDX-License-Identifier: Apache-2.0
#include "dataflow/stage.h"

#include "base/check.h"

namespace penstock {

std::string operator_name_of(std::string_view stage) {
  PS_CHECK(stage.size() > 1 && stage[0] == '$', stage);
  if (stage == "$set") return "AddFieldsOperator";
  if (stage == "$unset") return "ProjectOperator";
  if (stage == "$replaceWith") return "ReplaceRootOperator";
  std::string name(stage.substr(1));
  if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name + "Operator";
}

}  // namespace penstock
