// The models of an app, each loaded when it is first asked for and then shared.
//
// Memory    files are mapped, packed weights are on the heap; both live as long as the store.
// Threads   one at a time. Sessions made here may run on any thread; they share one pool of limits.threads threads.
// Errors    kNotFound, kDataLoss... with the model's name and file; kInvalidArgument for labels that do not fit.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/app/app.h"
#include "runner/model/tensor_port.h"
#include "runtime/model.h"
#include "runtime/session.h"
#include "sys/threads/thread_pool.h"

namespace verge::runner {

class ModelStore {
 public:
  // `app` outlives the store.
  ModelStore(const app::App& app, std::string dir) : app_(app), dir_(std::move(dir)) {}

  // Shared with the sessions that run it.
  Result<std::shared_ptr<const runtime::Model>> Get(const std::string& name);
  // On limits.threads threads, or on the calling thread alone.
  // A model with open sizes runs with these shapes of its inputs, by name.
  Result<runtime::Session> NewSession(const std::string& name, const std::map<std::string, Shape>& shapes = {});
  Result<runtime::Session> NewSingleThreadSession(const std::string& name);
  // One label a line, without empty lines at the end; at most 10,000. kInvalidArgument when the model has no labels
  // file.
  Result<std::vector<std::string>> Labels(const std::string& name) const;

 private:
  Result<std::shared_ptr<const runtime::Model>> Load(const app::Model& description) const;

  const app::App& app_;
  std::string dir_;
  std::map<std::string, std::shared_ptr<const runtime::Model>> loaded_;
  std::unique_ptr<sys::ThreadPool> pool_;
};

std::vector<TensorPort> PortsOf(std::span<const runtime::TensorInfo> tensors);

}  // namespace verge::runner
