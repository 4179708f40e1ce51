// Thin C++ wrapper over verge.h: owners that free themselves, and spans instead of pointers. Header only; C++17.
// Fallible functions return verge_code as in C and leave the object empty; verge_last_error() tells why.
#pragma once

#include <cstddef>
#include <memory>

#include "verge/verge.h"

namespace verge::api {

class Model {
 public:
  verge_code LoadFile(const char* path, const verge_options* options = nullptr) {
    verge_model* model = nullptr;
    const verge_code code = verge_model_load_file(path, options, &model);
    model_.reset(model);
    return code;
  }
  verge_code LoadBytes(const void* bytes, size_t size, const verge_options* options = nullptr) {
    verge_model* model = nullptr;
    const verge_code code = verge_model_load_bytes(bytes, size, options, &model);
    model_.reset(model);
    return code;
  }
  size_t input_count() const { return verge_model_input_count(model_.get()); }
  size_t output_count() const { return verge_model_output_count(model_.get()); }
  verge_model* get() const { return model_.get(); }

 private:
  struct Free {
    void operator()(verge_model* model) const { verge_model_free(model); }
  };
  std::unique_ptr<verge_model, Free> model_;
};

class Session {
 public:
  verge_code Create(const Model& model) {
    verge_session* session = nullptr;
    const verge_code code = verge_session_create(model.get(), &session);
    session_.reset(session);
    return code;
  }
  // Null when there is no such index.
  template <typename T>
  T* input(size_t index) {
    return static_cast<T*>(verge_session_input_data(session_.get(), index));
  }
  template <typename T>
  const T* output(size_t index) const {
    return static_cast<const T*>(verge_session_output_data(session_.get(), index));
  }
  void Run() { verge_session_run(session_.get()); }
  void ResetState() { verge_session_reset_state(session_.get()); }
  verge_session* get() const { return session_.get(); }

 private:
  struct Free {
    void operator()(verge_session* session) const { verge_session_free(session); }
  };
  std::unique_ptr<verge_session, Free> session_;
};

}  // namespace verge::api
