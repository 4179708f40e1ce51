#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "format/package/layout.h"
#include "proto/operator.h"
#include "sys/crypto/hash.h"
#include "tuf/folder.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/publish_deltas.h"
#include "verge/fleet/push.h"
#include "verge/fleet/repo.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  RepoPlace repo;
  std::string layout;
  std::string role = "targets";
  int days = kDefaultDays;
  int deltas = 3;
  SigningKeyOptions keys;
};

// The repository names the package under its role; nothing changes when it does so already.
Status NamePackage(tuf::Folder& folder, const package::Layout& layout, const Options& options) {
  const std::string path = layout.manifest.app + "/" + std::to_string(layout.manifest.version);
  VERGE_TRY_ASSIGN(const std::string manifest, package::ReadBlob(layout, layout.descriptor));
  const tuf::Target target = tuf::DescribeTarget(manifest);
  VERGE_TRY_ASSIGN(tuf::Targets targets, folder.role(options.role));
  const auto known = targets.targets.find(path);
  if (known != targets.targets.end() && known->second == target) return Status::Ok();
  if (known != targets.targets.end()) {
    return VERGE_ERROR(kAlreadyExists, layout.manifest.app + ":" + std::to_string(layout.manifest.version) +
                                           " was published with other contents: a release never changes, publish a "
                                           "higher version");
  }
  targets.targets[path] = target;
  RepoOptions change;
  change.days = options.days;
  return folder.SetRole(options.role, std::move(targets), ExpiryOf(change));
}

Status Publish(const Options& options) {
  VERGE_TRY_ASSIGN(const package::Layout layout, package::ReadLayout(options.layout));
  VERGE_TRY_ASSIGN(const std::string dir, DirOf(options.repo));
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(dir));
  VERGE_TRY(NamePackage(folder, layout, options));
  VERGE_TRY(SignFolder(folder, options.keys));
  VERGE_TRY(folder.Pack().status());  // before anything goes up
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  const std::string name = layout.manifest.app + ":" + std::to_string(layout.manifest.version);
  std::printf("publishing %s\n", name.c_str());
  VERGE_TRY(PushLayout(hub, layout));
  VERGE_TRY(PushFolder(hub, folder));
  const proto::ReleaseRequest release{layout.manifest.app, layout.manifest.version, layout.descriptor.digest};
  VERGE_TRY(hub.Post("/api/v1/releases", proto::ToJson(release)).status());
  VERGE_TRY(PublishDeltas(hub, layout, options.deltas));
  std::printf("published %s as %s\n", name.c_str(), layout.descriptor.digest.c_str());
  return Status::Ok();
}

}  // namespace

void RegisterPublish(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "publish", "Sign a package into your repository, push both into the hub, register it as a release");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  AddRepoPlace(*command, options->repo);
  command->add_option("layout", options->layout, "Package folder that `verge pack` wrote")->required();
  command->add_option("--role", options->role, "The delegated role that publishes it")->capture_default_str();
  command->add_option("--days", options->days, "Days until the signature expires")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  command->add_option("--deltas", options->deltas, "Make deltas to this many versions before it (default 3)")
      ->check(CLI::Range(0, 16));
  AddSigningKeyOptions(*command, options->keys);
  OnRun(*command, [options] { return Publish(*options); });
}

}  // namespace verge::cli
