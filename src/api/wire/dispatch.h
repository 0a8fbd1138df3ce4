// SPDX-License-Identifier: Apache-2.0
// From a request to the reply document: who is there, which command, may they, run it, `ok`.
//
// Every command passes the one check here; a row without a right of its own needs a login all the same.
// Thread: workers.
#pragma once

#include "api/wire/command.h"
#include "api/wire/message.h"

namespace penstock {

// {ok: 0.0, errmsg, code, codeName}. Our own codes become MongoDB's, and what the machine says (of its files) goes
// without its paths (security S32).
OwnedDocument error_reply(const Error& error);

// The whole reply, ok included. `find`: the catalog.
OwnedDocument answer(const Request& request, Session& session, CommandContext& context,
                     const Command* (*find)(std::string_view) = find_command);

}  // namespace penstock
