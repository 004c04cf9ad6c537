// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Structure;

/// <summary>
/// The public surface of each package is a text file beside the tests. A change shows in review. After a change that is meant, run the tests
/// with <c>NORTHSTAR_ACCEPT_API=1</c> to write the files anew.
/// </summary>
internal sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static IEnumerable<Assembly> Packages() => [typeof(NpkPackage).Assembly, typeof(NorthstarClient).Assembly, typeof(NorthstarRuntime).Assembly];

    [TestCaseSource(nameof(Packages))]
    public void Surface_IsTheAcceptedOne(Assembly package)
    {
        string path = Path.Combine(HostProbe.Repository, "Northstar.Tests/Architecture/api", package.GetName().Name + ".txt");
        string[] actual = [.. package.GetExportedTypes().SelectMany(Describe).Order(StringComparer.Ordinal)];
        if (Environment.GetEnvironmentVariable("NORTHSTAR_ACCEPT_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, actual);
        }

        Assert.That(actual, Is.EqualTo(File.ReadAllLines(path)), "the public surface changed; see the class for how to accept that");
    }

    private static IEnumerable<string> Describe(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : "class";
        string name = type.FullName!;
        yield return $"{name}: {kind}{(type.BaseType is { } b && b != typeof(object) && !type.IsValueType ? " " + Name(b) : "")}";
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            if (Describe(member) is { } text)
            {
                yield return $"{name}.{text}";
            }
        }
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo c when IsVisible(c) => $"ctor({Parameters(c)})",
        MethodInfo m when IsVisible(m) && !IsAccessor(m) => $"{m.Name}({Parameters(m)}): {Name(m.ReturnType)}{(m.IsStatic ? " static" : "")}",
        PropertyInfo p when p.GetMethod is { } get && IsVisible(get) =>
            $"{p.Name}: {Name(p.PropertyType)}{(p.SetMethod is { } set && IsVisible(set) ? " set" : "")}{(get.IsStatic ? " static" : "")}",
        FieldInfo f when f.IsPublic && !f.IsSpecialName => $"{f.Name}: {Name(f.FieldType)}{(f.IsLiteral ? $" = {f.GetRawConstantValue()}" : "")}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static p => $"{Name(p.ParameterType)} {p.Name}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.IsArray ? Name(type.GetElementType()!) + "[]" : type.Name;
}
