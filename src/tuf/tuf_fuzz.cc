// Any bytes as any document of a repository: no crash, and what is accepted is stable. The bytes also stand for every
// file of a repository that a client with a fixed root asks: nothing may be trusted that this root did not sign.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "tuf/client.h"

namespace {

using namespace verge;

class MemoryStore final : public tuf::Store {
 public:
  Result<std::string> Read(const std::string& name) override {
    const auto found = files.find(name);
    if (found == files.end()) return VERGE_ERROR(kNotFound, "none");
    return found->second;
  }
  Status Write(const std::string& name, std::string_view bytes) override {
    files[name] = bytes;
    return Status::Ok();
  }
  Status Remove(const std::string& name) override {
    files.erase(name);
    return Status::Ok();
  }
  Result<std::vector<std::string>> List() override { return std::vector<std::string>(); }
  std::map<std::string, std::string> files;
};

class SameBytes final : public tuf::Fetcher {
 public:
  explicit SameBytes(std::string_view bytes) : bytes_(bytes) {}
  Result<std::string> Fetch(const std::string&, uint64_t max_bytes) override {
    if (bytes_.size() > max_bytes) return VERGE_ERROR(kDataLoss, "too long");
    return std::string(bytes_);
  }

 private:
  std::string_view bytes_;
};

template <typename T>
void CheckStable(const Result<tuf::Document<T>>& read, Result<tuf::Document<T>> (*parse)(std::string_view)) {
  if (!read.ok()) return;
  const auto again = parse(read->Text());
  if (!again.ok() || again->canonical != read->canonical || again->Text() != read->Text()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckStable(tuf::ParseRoot(text), &tuf::ParseRoot);
  CheckStable(tuf::ParseTimestamp(text), &tuf::ParseTimestamp);
  CheckStable(tuf::ParseSnapshot(text), &tuf::ParseSnapshot);
  CheckStable(tuf::ParseTargets(text), &tuf::ParseTargets);
  CheckStable(tuf::ParseDirector(text), &tuf::ParseDirector);
  (void)tuf::ParseKey(text).ok();
  (void)tuf::ParseTime(text).ok();
  (void)tuf::MatchesPattern(text.substr(0, size / 2), text.substr(size / 2));
  MemoryStore store;
  store.files["root.json"] = text;
  Result<tuf::Client> client = tuf::Client::Open(store);
  if (!client.ok()) return 0;  // most bytes are not signed by themselves
  SameBytes same(text);
  if (client->UpdateRoot(same).ok() && client->Refresh(same, 0).ok()) std::abort();  // a root is no timestamp
  return 0;
}
