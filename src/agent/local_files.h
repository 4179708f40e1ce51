// What the device has already of a release: files of installed versions, whole or as the base of a delta.
//
// Trust     a file counts only after its bytes gave the digest that was asked for; what a delta makes is checked
//           against the target's digest before it gets its name.
// Threads   one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/package/delta_manifest.h"

namespace verge::agent {

class LocalFiles {
 public:
  // Looks at the sizes of all files below `dirs`; folders that do not exist hold none.
  explicit LocalFiles(const std::vector<std::string>& dirs);

  bool empty() const { return by_size_.empty(); }
  // A file with these bytes, or "". Reads files of that size once.
  std::string Find(const std::string& digest, int64_t size);

 private:
  std::multimap<uint64_t, std::string> by_size_;
  std::map<std::string, std::string> digests_;  // path -> what it hashes to
};

// Copies `from` to `to`, durable; kDataLoss unless its bytes are `digest`.
Status CopyChecked(const std::string& from, const std::string& digest, const std::string& to);

// Makes the file `target_digest` at `to`, durable, from a base and a delta. kDataLoss when the delta is damaged or for
// something else; `to` is gone then.
Status MakeByDelta(const std::string& base, const std::string& delta, const std::string& target_digest,
                   const std::function<Status()>& check, const std::string& to);

}  // namespace verge::agent
