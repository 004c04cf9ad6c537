// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using Microsoft.Extensions.Logging;
using Northstar.Runtime;

namespace Northstar.Tests.Structure;

/// <summary>Ids of log records are unique and in the block of their area; ids and names are stable for those who search logs.</summary>
internal sealed class LogIdTests
{
    private static IEnumerable<(Type Type, LoggerMessageAttribute Message)> Records() =>
        from type in typeof(NorthstarRuntime).Assembly.GetTypes()
        where type.Name == "Log"
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        select (type, message);

    [Test]
    public void Ids_AreUnique()
    {
        Assert.That(Records().Select(static r => r.Message.EventId), Is.Unique);
        Assert.That(Records(), Is.Not.Empty);
    }

    [Test]
    public void Names_AreGivenAndUnique()
    {
        Assert.That(Records().Select(static r => r.Message.EventName), Has.None.Null);
        Assert.That(Records().Select(static r => $"{r.Type.Namespace}.{r.Message.EventName}"), Is.Unique);
    }

    [TestCase("Northstar.Runtime.Engine", 1000, 1999, 3000, 3999)]
    [TestCase("Northstar.Runtime.Repositories", 2000, 2999, 2000, 2999)]
    [TestCase("Northstar.Runtime.Containers", 4000, 4999, 4000, 4999)]
    [TestCase("Northstar.Runtime.Console", 5000, 5999, 5000, 5999)]
    public void Ids_AreInTheirBlock(string area, int first, int last, int secondFirst, int secondLast) =>
        Assert.That(
            Records().Where(r => r.Type.Namespace == area).Select(static r => r.Message.EventId),
            Has.All.InRange(first, last).Or.InRange(secondFirst, secondLast));
}
