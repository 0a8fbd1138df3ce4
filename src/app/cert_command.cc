// SPDX-License-Identifier: Apache-2.0
// cert create: a private certificate authority and a certificate of the server, for TLS without anybody else.
#include <fmt/format.h>

#include <cstdio>

#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/server_commands.h"
#include "bson/iso_date.h"
#include "net/certificates.h"

namespace penstock {

int cert_create_command(const CertOptions& options) {
  const SystemClock clock;
  SystemFiles files;
  const auto made = make_certificates(options.folder, options.hosts, files, clock);
  if (!made.ok()) return report_error(made.error());
  fmt::print("{}\n{}\n{}\n", made->ca_file, made->ca_key_file, made->server_file);
  fmt::print(stderr,
             "{}: what clients trust{}\n"
             "{}: signs the next certificate, needed for nothing else; keep it secret\n"
             "{}: the server's certificate and key until {}; keep it secret\n"
             "next: penstock serve --tls-cert {} --tls-ca {}\n",
             made->ca_file, made->ca_was_there ? ", as it was" : "", made->ca_key_file, made->server_file,
             iso_text(made->server_valid_until).substr(0, 10), shell_word(made->server_file),
             shell_word(made->ca_file));
  return kExitOk;
}

}  // namespace penstock
