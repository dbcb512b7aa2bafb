#pragma once

#include "session.h"

// Each opens sessions of its own on the server at HOST:PORT.
void check_nodes(const std::string& address);
void check_watches(const std::string& address);
void check_sessions(const std::string& address);
