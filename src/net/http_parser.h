// SPDX-License-Identifier: Apache-2.0
// Bytes to one HTTP/1.1 request, by Boost.Beast's parser, stricter than it (security S28): who sends what two readers
// could understand differently is refused. Internal to net. Thread: one owner.
//
//   refused besides what Beast refuses: bare LF, continued header lines, two Host, Content-Length, Transfer-Encoding,
//   Authorization or Content-Type, Content-Length with Transfer-Encoding or as a list, codings other than exactly
//   "chunked", chunked with HTTP/1.0, no Host, a target that is not "/...", "http(s)://..." or "*".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace penstock {

struct HttpLimits {
  size_t header_bytes_max = size_t{16} << 10;  // Request line and header fields together; also of one chunk's line.
  size_t body_bytes_max = size_t{16} << 20;
};

class HttpParser {
 public:
  enum class Step {
    kMore,  // The rest has not come yet.
    kHead,  // All but the body is in request(); go on when it may come.
    kDone,
    kRefused,
  };
  struct Refusal {
    int status = 0;
    std::string why;
  };

  explicit HttpParser(const HttpLimits& limits);
  ~HttpParser();

  // Takes from the front of `bytes`; `used` is how much. kHead comes once, also for a request without a body.
  Step advance(std::string_view bytes, size_t& used);

  HttpRequest& request();
  const Refusal& refusal() const;  // After kRefused.
  // From kHead on:
  bool has_body() const;
  bool keeps_alive() const;            // The peer wants to send more requests.
  bool waits_to_continue() const;      // The peer sends the body only after "100 Continue".
  std::string_view authority() const;  // "localhost:8427" of an absolute target; "" with others.

 private:
  class Reader;
  Step advance_head(std::string_view bytes, size_t& used);
  Step advance_body(std::string_view bytes, size_t& used);
  Step refuse(int status, std::string_view why);

  HttpLimits limits_;
  std::unique_ptr<Reader> reader_;
  Refusal refusal_;
};

}  // namespace penstock
