// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace penstock {

Error Error::at(std::string_view part) && {
  std::string& path = detail_->path;
  if (!path.empty() && path.front() != '[') path.insert(0, ".");
  path.insert(0, part);
  return std::move(*this);
}

Error Error::within(std::string_view prefix) && {
  detail_->message.insert(0, prefix);
  return std::move(*this);
}

}  // namespace penstock
