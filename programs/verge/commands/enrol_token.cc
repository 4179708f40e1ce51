#include <cstdio>
#include <memory>
#include <string>

#include "proto/operator.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "tuf/metadata.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/repo.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  RepoPlace repo;
  proto::EnrolmentTokenRequest request;
  bool without_root = false;
  bool json = false;
};

// "." and the digest of the root that devices with this token will trust: the hub never gets to see it.
Result<std::string> RootPart(const Options& options) {
  if (options.without_root) return std::string();
  VERGE_TRY_ASSIGN(const std::string dir, DirOf(options.repo));
  const std::string path = sys::JoinPath(dir, "root.json");
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, tuf::kMaxRootBytes));
  if (Status usable = tuf::ParseRoot(text).status(); !usable.ok()) return std::move(usable).WithContext(path);
  return "." + sys::Sha256Hex(text);
}

Status MakeToken(const Options& options) {
  VERGE_TRY_ASSIGN(const std::string root, RootPart(options));
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  VERGE_TRY_ASSIGN(const std::string text, hub.Post("/api/v1/enrolment-tokens", proto::ToJson(options.request)));
  VERGE_TRY_ASSIGN(proto::EnrolmentToken token, proto::ParseEnrolmentToken(text));
  token.token += root;
  std::puts(options.json ? proto::ToJson(token).c_str() : token.token.c_str());
  return Status::Ok();
}

}  // namespace

void RegisterEnrolToken(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("enrol-token", "Make a token that lets a device join a group and names the publisher's root");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  AddRepoPlace(*command, options->repo);
  command->add_option("--group", options->request.group, "Group that the device joins")->required();
  command->add_option("--uses", options->request.uses, "How many devices may use it")->capture_default_str();
  command->add_option("--ttl", options->request.ttl_s, "Seconds until it expires")->capture_default_str();
  command->add_flag("--without-root", options->without_root,
                    "The device gets the publisher's root.json by another way (verge-agent enrol --root)");
  command->add_flag("--json", options->json, "Token and expiry as JSON");
  OnRun(*command, [options] { return MakeToken(*options); });
}

}  // namespace verge::cli
