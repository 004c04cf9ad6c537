// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Console;

/// <summary>Thrown inside a connection that is to be closed. The message is the reason, for the log; the peer is not told.</summary>
internal sealed class ConsoleClosedException(string reason) : Exception(reason);
