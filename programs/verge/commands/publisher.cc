#include <cstdio>
#include <memory>
#include <string>

#include "format/package/signature.h"
#include "proto/operator.h"
#include "sys/crypto/encode.h"
#include "tuf/key_file.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  std::string key;
  std::string name;
  bool json = false;
};

Status AddPublisher(const Options& options) {
  VERGE_TRY_ASSIGN(const tuf::KeyFileInfo info, tuf::ReadKeyFile(options.key));
  const std::string& key = info.key.public_key;
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  const proto::PublisherRequest request{sys::Base64Encode(key), options.name};
  VERGE_TRY(hub.Post("/api/v1/publishers", proto::ToJson(request)).status());
  std::printf("the hub accepts releases signed by %s\n", package::KeyId(key).c_str());
  return Status::Ok();
}

Status ListPublishers(const Options& options) {
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  VERGE_TRY_ASSIGN(const std::string text, hub.Get("/api/v1/publishers"));
  if (options.json) {
    std::puts(text.c_str());
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(const proto::PublisherList list, proto::ParsePublisherList(text));
  Table table({"KEYID", "NAME"});
  for (const proto::Publisher& publisher : list.publishers) table.Add({publisher.keyid, publisher.name});
  table.Print();
  return Status::Ok();
}

}  // namespace

void RegisterPublisher(CLI::App& app) {
  CLI::App* command = app.add_subcommand("publisher", "Whose releases the hub accepts");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* add = command->add_subcommand("add", "Accept releases signed by this key");
  AddHubOptions(*add, options->hub);
  add->add_option("key", options->key, "Publisher key file (.pub)")->required();
  add->add_option("--name", options->name, "A name for people");
  OnRun(*add, [options] { return AddPublisher(*options); });
  CLI::App* list = command->add_subcommand("list", "List the accepted keys");
  AddHubOptions(*list, options->hub);
  list->add_flag("--json", options->json, "The hub's answer as it is");
  OnRun(*list, [options] { return ListPublishers(*options); });
}

}  // namespace verge::cli
