// SPDX-License-Identifier: Apache-2.0
// A request and its answer as values. No I/O here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/stream_server.h"

namespace penstock {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;               // "GET", as sent: case matters.
  std::string target;               // As sent: "/groups/a%20b?pageNum=2".
  std::string path;                 // "/groups/a%20b": encoded, visible ASCII; "*" for OPTIONS of the whole server.
  std::string query;                // "pageNum=2": encoded; "" none.
  std::vector<HttpHeader> headers;  // In the order sent, names in lower case. Fields after a chunked body are dropped.
  std::string body;
  PeerInfo peer;

  // The first of that name (in lower case); null when there is none.
  const std::string* header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  // Without those the server writes: Content-Length, Connection, Date.
  std::vector<HttpHeader> headers;
  std::string body;
};

// An error in the form of the Atlas Admin API: {"detail", "error", "errorCode", "parameters", "reason"} (control-plane
// B1.5). No secrets in `detail`.
HttpResponse http_error(int status, std::string_view error_code, std::string_view detail);

// "Not Found" for 404; "" for a status that HTTP has no words for.
std::string_view http_reason(int status);

// "/groups/a%2Fb/" gives {"groups", "a/b", ""}: cut at '/', then decoded, so that a name may hold a '/'.
// Error kBadValue: '%' without two hex digits, or a byte 0.
Result<std::vector<std::string>> http_path_parts(std::string_view path);
// "a=1&b=x+y&c" gives {a: "1"}, {b: "x y"}, {c: ""}, in the order sent; the same errors.
Result<std::vector<std::pair<std::string, std::string>>> http_query_fields(std::string_view query);

// "Thu, 01 Jan 1970 00:00:00 GMT", as HTTP writes time.
std::string http_date(EventTime time);

}  // namespace penstock
