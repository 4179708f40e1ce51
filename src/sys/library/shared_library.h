// The door to libraries that a user names at run time: nothing of Verge is linked against them.
//
// A library stays loaded until the process ends: what was taken from it is never left dangling, and libraries with
// threads of their own do not survive being unloaded.
//
// Errors    kNotFound with the loader's reason; kInvalidArgument for a name that no file can have.
// Threads   re-entrant.
// Trust     loading a library runs its code. Take names from the person who runs the program, never from a file.
#pragma once

#include <string>

#include "base/status.h"

namespace verge::sys {

class SharedLibrary {
 public:
  // A path (with a '/') is loaded as it is; a bare name is searched for as the system's loader does.
  static Result<SharedLibrary> Open(const std::string& name);

  // The address of a symbol; null when the library has none of that name.
  void* Find(const char* symbol) const;

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}

  void* handle_;
};

}  // namespace verge::sys
