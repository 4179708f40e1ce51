#include "agent/trust.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "sys/clock/clock.h"
#include "sys/clock/synchronised.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/random.h"
#include "sys/file/file.h"
#include "tuf/verify.h"

namespace verge::agent {
namespace {

constexpr char kDirectorName[] = "director.json";
constexpr int64_t kMaxAheadMs = 86'400'000;
constexpr size_t kNonceBytes = 16;

std::string TrustDir(const StatePaths& paths) { return paths.File("trust"); }

std::string TimeName(const tuf::Root& root) { return "time-" + tuf::MarkOfKeys(root, {&*root.director}); }

std::string PathOf(const proto::DesiredApp& target) { return target.app + "/" + std::to_string(target.version); }

std::string NameOf(const proto::DesiredApp& target) { return target.app + ":" + std::to_string(target.version); }

Status Disagree(const proto::DesiredApp& target, const std::string& why) {
  return VERGE_ERROR(kDataLoss, NameOf(target) + " is refused: " + why);
}

// The director wants exactly this deployment of exactly these bytes.
Status CheckDirectorWants(const tuf::Director& director, const proto::DesiredApp& target) {
  const auto found = director.targets.find(PathOf(target));
  if (found == director.targets.end()) {
    return Disagree(target, "the director does not want it on this device, or the publisher has withdrawn it");
  }
  const bool is_same = "sha256:" + found->second.sha256 == target.manifest_digest &&
                       found->second.length == target.manifest_size && found->second.deployment == target.deployment;
  return is_same ? Status::Ok()
                 : Disagree(target, "the director wants other bytes, or another deployment, than the hub says");
}

Result<package::Release> CheckPublisherSigned(const std::optional<tuf::Target>& image, const tuf::Director& director,
                                              const proto::DesiredApp& target) {
  if (!image) return Disagree(target, "the publisher has not signed it, or has withdrawn it");
  const tuf::Target& wanted = director.targets.at(PathOf(target));
  if (image->sha256 != wanted.sha256 || image->length != wanted.length) {
    return Disagree(target, "director and publisher name different bytes");
  }
  return package::Release{target.app, target.version, "sha256:" + image->sha256, image->length};
}

int64_t ParseNumber(const std::string& text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

// The trust folder with every write under the fault point.
class Trust::Files final : public tuf::Store {
 public:
  Files(tuf::FolderStore& folder, FaultPoint& fault) : folder_(folder), fault_(fault) {}
  Result<std::string> Read(const std::string& name) override { return folder_.Read(name); }
  Status Write(const std::string& name, std::string_view bytes) override {
    return fault_.Write([&] { return folder_.Write(name, bytes); });
  }
  Status Remove(const std::string& name) override { return folder_.Remove(name); }
  Result<std::vector<std::string>> List() override { return folder_.List(); }

 private:
  tuf::FolderStore& folder_;
  FaultPoint& fault_;
};

std::optional<int64_t> SynchronisedClock() {
  if (!sys::ClockIsSynchronised()) return std::nullopt;
  return sys::SystemClock().WallMs();
}

Trust::Trust(const StatePaths& paths, const std::string& device_id, FaultPoint& fault, ProvenClock clock)
    : folder_(TrustDir(paths)), device_id_(device_id), fault_(fault), clock_(std::move(clock)) {}

Result<int64_t> Trust::UpdateTime(const tuf::Root& root, int64_t signed_ms) {
  const std::optional<int64_t> proven_ms = clock_();
  if (proven_ms && signed_ms > *proven_ms + kMaxAheadMs) {
    return VERGE_ERROR(kDataLoss, "director metadata: signed at " + tuf::FormatTime(signed_ms) +
                                      ", this device's synchronised clock says " + tuf::FormatTime(*proven_ms));
  }
  const Result<std::string> stored = folder_.Read(TimeName(root));
  const int64_t floor_ms = stored.ok() ? ParseNumber(*stored) : 0;
  // Only the signed time moves the floor: a clock may be wrong in whatever the kernel believes.
  if (signed_ms > floor_ms) {
    Files files(folder_, fault_);
    VERGE_TRY(files.Write(TimeName(root), std::to_string(signed_ms)));
  }
  return std::max({floor_ms, signed_ms, proven_ms.value_or(0)});
}

// The last one, if it is by the present director's keys: new keys begin anew.
Result<tuf::Document<tuf::Director>> Trust::StoredDirector(const tuf::Root& root) {
  VERGE_TRY_ASSIGN(const std::string text, folder_.Read(kDirectorName));
  VERGE_TRY_ASSIGN(tuf::Document<tuf::Director> document, tuf::ParseDirector(text));
  VERGE_TRY(tuf::CheckSignatures(document, root.keys, *root.director));
  return document;
}

Result<tuf::Document<tuf::Director>> Trust::UpdateDirector(MetadataSource& source, const tuf::Root& root) {
  const std::string nonce = sys::HexEncode(sys::RandomBytes(kNonceBytes));
  VERGE_TRY_ASSIGN(const std::string text, source.FetchDirector(nonce, tuf::kMaxDirectorBytes));
  VERGE_TRY_ASSIGN(tuf::Document<tuf::Director> fresh, tuf::ParseDirector(text));
  VERGE_TRY(tuf::CheckSignatures(fresh, root.keys, *root.director));
  if (fresh.value.device != device_id_) {
    return VERGE_ERROR(kDataLoss,
                       "director metadata: made for device " + fresh.value.device + ", this is " + device_id_);
  }
  if (fresh.value.nonce != nonce) {
    return VERGE_ERROR(kDataLoss, "director metadata: an old answer was sent again (replay)");
  }
  const Result<tuf::Document<tuf::Director>> before = StoredDirector(root);
  if (before.ok() && fresh.value.version < before->value.version) {
    return VERGE_ERROR(kDataLoss, "director metadata: version " + std::to_string(fresh.value.version) +
                                      " is older than the trusted version " + std::to_string(before->value.version) +
                                      " (rollback)");
  }
  Files files(folder_, fault_);
  VERGE_TRY(files.Write(kDirectorName, text));
  return fresh;
}

Result<package::Release> Trust::Agree(MetadataSource& source, const proto::DesiredApp& target) {
  Files files(folder_, fault_);
  VERGE_TRY_ASSIGN(tuf::Client client, tuf::Client::Open(files));
  VERGE_TRY(client.UpdateRoot(source));
  if (!client.root().director) return Disagree(target, "the publisher's root names no director");
  VERGE_TRY_ASSIGN(const tuf::Document<tuf::Director> director, UpdateDirector(source, client.root()));
  VERGE_TRY_ASSIGN(const int64_t now_ms, UpdateTime(client.root(), director.value.time_ms));
  VERGE_TRY(tuf::CheckExpiry("director", director.value, now_ms));
  VERGE_TRY(client.Refresh(source, now_ms));
  VERGE_TRY(CheckDirectorWants(director.value, target));
  VERGE_TRY_ASSIGN(const std::optional<tuf::Target> image, client.Find(PathOf(target), &source, now_ms));
  return CheckPublisherSigned(image, director.value, target);
}

Result<package::Release> Trust::AgreeStored(const proto::DesiredApp& target) {
  VERGE_TRY_ASSIGN(tuf::Client client, tuf::Client::Open(folder_));
  VERGE_TRY(client.LoadTrusted());
  if (!client.root().director) return Disagree(target, "the publisher's root names no director");
  VERGE_TRY_ASSIGN(const tuf::Document<tuf::Director> director, StoredDirector(client.root()));
  VERGE_TRY(CheckDirectorWants(director.value, target));
  VERGE_TRY_ASSIGN(const std::optional<tuf::Target> image, client.Find(PathOf(target), nullptr, 0));
  return CheckPublisherSigned(image, director.value, target);
}

std::string Trust::Describe() {
  Result<tuf::Client> client = tuf::Client::Open(folder_);
  if (!client.ok()) return std::string(client.status().message());
  std::string out = "root " + std::to_string(client->root().version);
  if (client->LoadTrusted().ok()) out += ", targets " + std::to_string(client->targets().version);
  if (!client->root().director) return out;
  const Result<std::string> time = folder_.Read(TimeName(client->root()));
  if (time.ok()) out += ", time at least " + tuf::FormatTime(ParseNumber(*time));
  return out;
}

Status WriteAnchor(const StatePaths& paths, const std::string& root_text) {
  const Result<tuf::Document<tuf::Root>> root = tuf::ParseRoot(root_text);
  if (!root.ok())
    return VERGE_ERROR(kInvalidArgument, "the root is not usable: " + std::string(root.status().message()));
  const Status is_signed = tuf::CheckSignatures(*root, root->value.keys, root->value.root);
  if (!is_signed.ok())
    return VERGE_ERROR(kInvalidArgument, "the root is not usable: " + std::string(is_signed.message()));
  if (!root->value.director) {
    return VERGE_ERROR(kInvalidArgument,
                       "the root is not usable: it names no director; `verge repo init` makes such roots");
  }
  return tuf::FolderStore(TrustDir(paths)).Write("root.json", root_text);
}

}  // namespace verge::agent
