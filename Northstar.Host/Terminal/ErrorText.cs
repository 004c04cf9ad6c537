// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Options;
using Northstar.Api;

namespace Northstar.Host.Terminal;

/// <summary>Writes a failure: <c>Error:</c> with the outermost reason, then the chain of causes.</summary>
internal static class ErrorText
{
    internal static void Write(TextWriter writer, Exception exception)
    {
        writer.WriteLine($"Error: {Describe(exception)}");
        string said = exception.Message;
        for (Exception? cause = Inner(exception); cause is not null; cause = Inner(cause))
        {
            // Our messages mostly end with their cause already.
            if (!said.Contains(cause.Message, StringComparison.Ordinal))
            {
                writer.WriteLine($"Caused by: {Describe(cause)}");
                said = cause.Message;
            }
        }
    }

    // What a peer says gets one line; our own reports may have more.
    private static string Describe(Exception exception) => exception switch
    {
        ApiException => Printable.Line(exception.Message),
        OptionsValidationException options => Printable.Lines("the options are invalid\n" + string.Join('\n', options.Failures)),
        _ => Printable.Lines(exception.Message),
    };

    private static Exception? Inner(Exception exception) =>
        exception is AggregateException { InnerExceptions: [var first, ..] } ? first : exception.InnerException;
}
