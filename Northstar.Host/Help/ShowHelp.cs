// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Invocation;
using Northstar.Host.Terminal;

namespace Northstar.Host.Help;

/// <summary>Shows the help of the command that was named.</summary>
internal sealed class ShowHelp(ToolHelp help, Streams streams) : SynchronousCommandLineAction
{
    /// <summary>Help is given whatever else is wrong with the command line.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        new HelpText(streams.Output, help, streams.TextWidth).Write(parseResult.CommandResult.Command);
        return (int)ExitCode.Success;
    }
}
