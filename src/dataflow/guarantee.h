// SPDX-License-Identifier: Apache-2.0
// What a processor promises about its results (reliability 1.3), and why not more. Ordered: a chain is as good as its
// weakest link.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock {

enum class GuaranteeLevel {
  kAtMostOnce,       // Nothing twice, a stop or crash loses what was under way. On explicit request only.
  kAtLeastOnce,      // Nothing lost, a crash may repeat output.
  kEffectivelyOnce,  // The final result is exact; after a crash a reader may see the same bytes written again.
  kExactlyOnce,      // Every record counts exactly once in the visible result, whatever crashes.
};

struct Guarantee {
  GuaranteeLevel level = GuaranteeLevel::kAtMostOnce;
  std::string reason;  // Half a sentence: "documents and their marker are written in one transaction".
};

// "exactly-once", "effectively-once", "at-least-once", "at-most-once".
std::string_view name_of(GuaranteeLevel level);
std::optional<GuaranteeLevel> parse_guarantee_level(std::string_view name);
// The weaker of two; of equals the first.
Guarantee weaker(Guarantee a, Guarantee b);

}  // namespace penstock
