// SPDX-License-Identifier: Apache-2.0
// From the specs of $project, $addFields and $unset to a Projection, with MongoDB's rules about what may stand beside
// what (reference mql-semantics 15.1, 15.2). Error paths are relative to the spec.
#pragma once

#include "stages/projection.h"

namespace penstock {

// {a: 1, b: 0, c: <expression>}: inclusion or exclusion, told from the values.
Result<Projection> parse_projection(Document spec, ParseContext& context);
// {a: <expression>, "b.c": <expression>, d: {e: <expression>}}
Result<Projection> parse_added_fields(Document spec, ParseContext& context);
// The dotted paths to leave out. Not empty.
Result<Projection> parse_removed_fields(const std::vector<std::string>& paths);

}  // namespace penstock
