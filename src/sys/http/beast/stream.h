// What the two Boost files share. Only they include it.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace verge::sys::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

// Errors come back as values: co_await gives (error_code, ...).
inline constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

inline constexpr size_t kChunkBytes = 64 * 1024;

}  // namespace verge::sys::http
