// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The harness itself.</summary>
internal sealed class HarnessTests : RuntimeFixture
{
    [Test]
    public async Task T001_LogAssertion_FindsWhatWasLoggedAndNothingElse()
    {
        string word = Guid.NewGuid().ToString("N");
        Logs.CreateLogger("test").Log(LogLevel.Information, default, word, null, static (text, _) => "here is " + text);

        await Logs.TakeAsync(r => r.Message.Contains(word, StringComparison.Ordinal), TimeSpan.FromSeconds(3));

        Assert.That(() => Logs.TakeAsync(static r => r.Message.Contains("never logged", StringComparison.Ordinal), TimeSpan.FromSeconds(1)), Throws.TypeOf<TimeoutException>());
    }
}
