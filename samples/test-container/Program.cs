// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Samples;

const int CommandFailed = 1;
const int UsageError = 2;

if (args is ["--help" or "-h"])
{
    Output.WriteLine(UsageException.Text);
    return 0;
}

try
{
    CommandLine command = CommandLine.Parse(args);
    Output.WriteLine($"command: {command.Name}");
    if (command.Run() is int exitCode)
        return exitCode;

    Output.WriteLine("Sleeping");
    Libc.WaitForSignal();
    return 0;
}
catch (UsageException exception)
{
    Output.WriteErrorLine($"test-container: {exception.Message}\n{UsageException.Text}");
    return UsageError;
}
catch (Exception exception) when (exception is CommandException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    Output.WriteErrorLine($"test-container: {exception.Message}");
    return CommandFailed;
}
