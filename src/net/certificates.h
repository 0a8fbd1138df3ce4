// SPDX-License-Identifier: Apache-2.0
// A private certificate authority and a server certificate signed by it, for those who have none: EC P-256, which every
// driver and mongosh take.
//
//   ca.pem       the authority: what clients trust (--tlsCAFile)            mode 0644
//   ca-key.pem   its private key: needed only to sign the next certificate  mode 0600
//   server.pem   server certificate, authority, private key: what the server is started with   mode 0600
//
// An authority that is there is used again, so that clients keep trusting; server.pem is made new each time.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace penstock {

struct CertificateFolder {
  std::string ca_file;
  std::string ca_key_file;
  std::string server_file;
  bool ca_was_there = false;
  EventTime server_valid_until;
};

// `hosts`: DNS names (also "*.example.com") and IP addresses by which clients reach the server; at least one. The
// folder is made when missing (0700). Valid: the authority 10 years, the server 824 days, never longer than its
// authority (systems that refuse more than 825 days exist). Errors: kUsage (a host is neither name nor address, none
// given), kBadInput (an authority that is there cannot be used; says why and what to do), kDisk.
Result<CertificateFolder> make_certificates(const std::string& folder, std::span<const std::string> hosts, Files& files,
                                            const Clock& clock);

}  // namespace penstock
