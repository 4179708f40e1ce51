// Where a client keeps the metadata it trusts. Names are simple file names.
//
// Durable   Write returns when the bytes are on the disk; a power cut leaves the old bytes or the new ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::tuf {

class Store {
 public:
  virtual ~Store() = default;
  // kNotFound when there is none.
  virtual Result<std::string> Read(const std::string& name) = 0;
  virtual Status Write(const std::string& name, std::string_view bytes) = 0;
  // A missing one is no error.
  virtual Status Remove(const std::string& name) = 0;
  virtual Result<std::vector<std::string>> List() = 0;
};

// A folder.
class FolderStore : public Store {
 public:
  explicit FolderStore(std::string dir) : dir_(std::move(dir)) {}
  Result<std::string> Read(const std::string& name) override;
  Status Write(const std::string& name, std::string_view bytes) override;
  Status Remove(const std::string& name) override;
  Result<std::vector<std::string>> List() override;

 private:
  std::string dir_;
};

}  // namespace verge::tuf
