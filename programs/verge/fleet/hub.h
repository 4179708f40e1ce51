// The operator's connection to a hub: where it is, who we are, and typed calls of its API.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "format/package/manifest.h"
#include "sys/http/client.h"

namespace verge::cli {

// --hub, --token-file and --ca of a command; what is not given comes from VERGE_HUB, VERGE_TOKEN and VERGE_CA, then
// from the profile that `verge login` wrote.
struct HubOptions {
  std::string url;
  std::string token_file;
  std::string ca_file;
};
void AddHubOptions(CLI::App& command, HubOptions& options);

struct HubProfile {
  std::string url;
  std::string token;
  std::string ca_pem;
};
Result<HubProfile> ResolveHub(const HubOptions& options);
// $XDG_CONFIG_HOME/verge/hub.json, or below ~/.config.
Result<std::string> ProfilePath();
Status WriteProfile(const HubProfile& profile);

class Hub {
 public:
  static Result<Hub> Open(const HubProfile& profile);
  // ResolveHub and Open.
  static Result<Hub> Open(const HubOptions& options);

  // The body of a 2xx answer; otherwise what the hub said, as a Status with the call in front.
  Result<std::string> Get(const std::string& target);
  Result<std::string> Post(const std::string& target, std::string json);
  // A blob of a repository into a new file, checked against its digest.
  Status Download(const std::string& app, const package::Descriptor& blob, const std::string& path);
  // Any request, with our token; any status is an answer.
  Result<sys::http::ClientResponse> Send(sys::http::ClientRequest request);

 private:
  Hub(std::unique_ptr<sys::http::Client> client, std::string token)
      : client_(std::move(client)), token_(std::move(token)) {}
  Result<std::string> Call(sys::http::ClientRequest request);

  std::unique_ptr<sys::http::Client> client_;
  std::string token_;
};

}  // namespace verge::cli
