// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host;
using Northstar.Host.Terminal;

using var streams = Streams.OfProcess();
return (int)await Dispatcher.RunAsync(Dispatcher.StartedAs(), args, streams).ConfigureAwait(false);
