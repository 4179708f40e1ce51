#include "sys/library/shared_library.h"

#include <dlfcn.h>

namespace verge::sys {

Result<SharedLibrary> SharedLibrary::Open(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) {
    return VERGE_ERROR(kInvalidArgument, "a library's name may not be empty or contain a zero byte");
  }
  void* const handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return SharedLibrary(handle);
  const char* const reason = dlerror();
  return VERGE_ERROR(kNotFound, "cannot load the library " + name + ": " +
                                    (reason != nullptr ? reason : "the loader gives no reason"));
}

void* SharedLibrary::Find(const char* symbol) const { return dlsym(handle_, symbol); }

}  // namespace verge::sys
