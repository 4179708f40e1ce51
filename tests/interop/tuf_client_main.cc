// Our TUF client on a folder of metadata, for a test against another implementation's repository:
//   tuf_client METADATA_DIR ROOT.json TARGET     prints the target's length and SHA-256, or why it is refused.
#include <cstdio>
#include <string>

#include "sys/clock/clock.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "tuf/client.h"

namespace {

using verge::Result;
using verge::Status;

class FolderFetcher final : public verge::tuf::Fetcher {
 public:
  explicit FolderFetcher(std::string dir) : dir_(std::move(dir)) {}
  Result<std::string> Fetch(const std::string& name, uint64_t max_bytes) override {
    return verge::sys::ReadFile(verge::sys::JoinPath(dir_, name), max_bytes);
  }

 private:
  std::string dir_;
};

Status Run(const std::string& dir, const std::string& root_path, const std::string& path) {
  VERGE_TRY_ASSIGN(const verge::sys::TempDir work, verge::sys::TempDir::Create());
  VERGE_TRY_ASSIGN(const std::string root, verge::sys::ReadFile(root_path, verge::tuf::kMaxRootBytes));
  verge::tuf::FolderStore store(work.File("trust"));
  VERGE_TRY(store.Write("root.json", root));
  FolderFetcher fetcher(dir);
  const int64_t now_ms = verge::sys::SystemClock().WallMs();
  VERGE_TRY_ASSIGN(verge::tuf::Client client, verge::tuf::Client::Open(store));
  VERGE_TRY(client.UpdateRoot(fetcher));
  VERGE_TRY(client.Refresh(fetcher, now_ms));
  VERGE_TRY_ASSIGN(const auto target, client.Find(path, &fetcher, now_ms));
  if (!target) return VERGE_ERROR(kNotFound, path + ": nobody who may has signed it");
  std::printf("%lld %s\n", static_cast<long long>(target->length), target->sha256.c_str());
  return Status::Ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: tuf_client METADATA_DIR ROOT.json TARGET\n");
    return 2;
  }
  const Status status = Run(argv[1], argv[2], argv[3]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "tuf_client: %s\n", status.ToString().c_str());
  return 1;
}
