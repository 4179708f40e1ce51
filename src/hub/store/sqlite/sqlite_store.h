// The store in one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "hub/store/store.h"

namespace verge::hub {

// Opens or creates the database and brings its schema up to date. kFailedPrecondition: a newer program wrote it.
Result<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path);

}  // namespace verge::hub
