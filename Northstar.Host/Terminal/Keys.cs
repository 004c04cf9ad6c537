// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Terminal;

/// <summary>The keys that are pressed on the terminal; none when standard input is something else.</summary>
internal sealed class Keys(bool isTerminal)
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until one of some keys is pressed. Other keys are dropped.</summary>
    internal async Task WaitForAsync(string keys, CancellationToken cancellationToken)
    {
        if (!isTerminal)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            while (Console.KeyAvailable)
            {
                if (keys.Contains(Console.ReadKey(intercept: true).KeyChar))
                {
                    return;
                }
            }

            await Task.Delay(s_period, cancellationToken).ConfigureAwait(false);
        }
    }
}
