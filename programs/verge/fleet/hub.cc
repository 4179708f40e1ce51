#include "verge/fleet/hub.h"

#include <cstdlib>
#include <utility>

#include "proto/json.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/output_file.h"

namespace verge::cli {
namespace {

using sys::http::ClientRequest;
using sys::http::ClientResponse;
using sys::http::Method;

constexpr size_t kMaxTextFileBytes = 65536;
constexpr uint64_t kMaxAnswerBytes = uint64_t{64} << 20;
constexpr proto::TextRule kUrlRule{1, 1024, proto::IsLine, "a URL"};
constexpr proto::TextRule kTokenRule{1, 1024, proto::IsLine, "a token"};

}  // namespace

template <typename A>
void Describe(A& a, HubProfile& m) {
  a.Text("hub", m.url, kUrlRule);
  a.Text("token", m.token, kTokenRule);
  a.Text("ca", m.ca_pem, proto::kPemRule);
}

namespace {

std::string FromEnv(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> ReadTrimmed(const std::string& path) {
  VERGE_TRY_ASSIGN(std::string text, sys::ReadFile(path, kMaxTextFileBytes));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

Result<HubProfile> ReadProfile() {
  VERGE_TRY_ASSIGN(const std::string path, ProfilePath());
  const Result<std::string> text = sys::ReadFile(path, 3 * kMaxTextFileBytes);
  if (!text.ok()) {
    return text.code() == StatusCode::kNotFound ? Result<HubProfile>(HubProfile{}) : Result<HubProfile>(text.status());
  }
  Result<HubProfile> profile = proto::ParseMessage<HubProfile>(*text);
  if (!profile.ok()) return std::move(profile).status().WithContext(path + " (run `verge login` again)");
  return profile;
}

}  // namespace

void AddHubOptions(CLI::App& command, HubOptions& options) {
  command.add_option("--hub", options.url, "URL of the hub (or VERGE_HUB, or `verge login`)");
  command.add_option("--token-file", options.token_file, "File with the operator's token (or VERGE_TOKEN: the token)");
  command.add_option("--ca", options.ca_file, "The hub's CA certificate, PEM (or VERGE_CA)");
}

Result<std::string> ProfilePath() {
  const std::string config = FromEnv("XDG_CONFIG_HOME");
  if (!config.empty()) return config + "/verge/hub.json";
  const std::string home = FromEnv("HOME");
  if (home.empty()) return VERGE_ERROR(kFailedPrecondition, "neither XDG_CONFIG_HOME nor HOME is set");
  return home + "/.config/verge/hub.json";
}

Status WriteProfile(const HubProfile& profile) {
  VERGE_TRY_ASSIGN(const std::string path, ProfilePath());
  VERGE_TRY(sys::MakeDirs(sys::ParentPath(path), 0700));
  return sys::WriteFileAtomic(path, proto::WriteMessage(profile) + "\n", 0600);
}

Result<HubProfile> ResolveHub(const HubOptions& options) {
  HubProfile out;
  out.url = options.url.empty() ? FromEnv("VERGE_HUB") : options.url;
  out.token = FromEnv("VERGE_TOKEN");
  if (!options.token_file.empty()) {
    VERGE_TRY_ASSIGN(out.token, ReadTrimmed(options.token_file));
  }
  const std::string ca_file = options.ca_file.empty() ? FromEnv("VERGE_CA") : options.ca_file;
  if (!ca_file.empty()) {
    VERGE_TRY_ASSIGN(out.ca_pem, sys::ReadFile(ca_file, kMaxTextFileBytes));
  }
  if (out.url.empty() || out.token.empty() || out.ca_pem.empty()) {
    VERGE_TRY_ASSIGN(HubProfile saved, ReadProfile());
    // A token is only for the hub it was saved with.
    const bool is_same_hub = out.url.empty() || out.url == saved.url;
    if (is_same_hub) {
      out.url = saved.url;
      if (out.token.empty()) out.token = std::move(saved.token);
      if (out.ca_pem.empty()) out.ca_pem = std::move(saved.ca_pem);
    }
  }
  const char* missing = out.url.empty()      ? "no hub: give --hub URL"
                        : out.token.empty()  ? "no token for the hub: give --token-file FILE"
                        : out.ca_pem.empty() ? "no CA certificate of the hub: give --ca FILE"
                                             : nullptr;
  if (missing != nullptr) return VERGE_ERROR(kInvalidArgument, std::string(missing) + ", or run `verge login` once");
  return out;
}

Result<Hub> Hub::Open(const HubProfile& profile) {
  sys::http::ClientConfig config;
  config.url = profile.url;
  config.ca_pem = profile.ca_pem;
  VERGE_TRY_ASSIGN(std::unique_ptr<sys::http::Client> client, sys::http::Client::Open(config));
  return Hub(std::move(client), profile.token);
}

Result<Hub> Hub::Open(const HubOptions& options) {
  VERGE_TRY_ASSIGN(const HubProfile profile, ResolveHub(options));
  return Open(profile);
}

Result<ClientResponse> Hub::Send(ClientRequest request) {
  request.headers.Set("Authorization", "Bearer " + token_);
  request.max_body_bytes = kMaxAnswerBytes;
  return client_->Send(request);
}

Result<std::string> Hub::Call(ClientRequest request) {
  const std::string what = std::string(sys::http::MethodName(request.method)) + " " + request.target;
  Result<ClientResponse> answer = Send(std::move(request));
  if (!answer.ok()) return std::move(answer).status().WithContext(what);
  if (Status status = sys::http::StatusOf(*answer); !status.ok()) return std::move(status).WithContext(what);
  return std::move(answer->body);
}

Status Hub::Download(const std::string& app, const package::Descriptor& blob, const std::string& path) {
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(path, true));
  ClientRequest request;
  request.target = "/v2/" + app + "/blobs/" + blob.digest;
  request.headers.Set("Authorization", "Bearer " + token_);
  request.max_body_bytes = static_cast<uint64_t>(blob.size) + 1;
  request.sink = [&file](std::span<const uint8_t> bytes, uint64_t /*offset*/) {
    return file.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  VERGE_TRY(sys::http::SendOk(*client_, request).status().WithContext(request.target));
  VERGE_TRY_ASSIGN(const std::string digest, sys::DigestNameOfFile(path));
  if (digest == blob.digest) return Status::Ok();
  return VERGE_ERROR(kDataLoss, request.target + ": the hub sent other bytes than the digest names");
}

Result<std::string> Hub::Get(const std::string& target) {
  ClientRequest request;
  request.target = target;
  return Call(std::move(request));
}

Result<std::string> Hub::Post(const std::string& target, std::string json) {
  ClientRequest request;
  request.method = Method::kPost;
  request.target = target;
  request.headers.Set("Content-Type", "application/json");
  request.body = std::move(json);
  return Call(std::move(request));
}

}  // namespace verge::cli
