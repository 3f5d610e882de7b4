using System.Text;
using System.Text.RegularExpressions;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>Makes policies of requests, with the checks, the order of the checks and the texts of RabbitMQ 3.10.8.</summary>
internal static class PolicyValidation
{
    /// <summary>A regular expression in use has a few dozen characters; compiling one takes time and memory in proportion.</summary>
    internal const int MaxPatternBytes = 1024;

    /// <summary>Names of policies go into paths and logs; RabbitMQ's tools use short ones.</summary>
    internal const int MaxNameBytes = 1024;

    /// <exception cref="PolicyException">It is not valid.</exception>
    internal static Policy Check(PolicyRequest request)
    {
        var faults = new List<string>();
        FieldTable definition = CheckDefinition(request, faults);
        PolicyTarget target = CheckTarget(request.ApplyTo, faults);
        NamePattern? pattern = CheckPattern(request.Pattern, faults);
        double priority = CheckPriority(request.Priority, faults);
        if (Encoding.UTF8.GetByteCount(request.Name) > MaxNameBytes)
        {
            faults.Add($"name is longer than {MaxNameBytes} bytes");
        }

        return faults.Count == 0
            ? new Policy(request.Kind, request.Name, pattern!, target, priority, definition)
            : throw new PolicyException($"Validation failed\n\n{string.Join('\n', faults)}\n");
    }

    private static FieldTable CheckDefinition(PolicyRequest request, List<string> faults)
    {
        if (request.Definition is not IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } given)
        {
            faults.Add(request.Definition is IReadOnlyList<KeyValuePair<string, object?>>
                ? "no policy provided"
                : $"definition must be a dictionary: {JsonTerm.Format(request.Definition)}");
            return FieldTable.Empty;
        }

        // Of a key that comes twice the last counts.
        var entries = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, object? value) in given)
        {
            entries[name] = value;
        }

        var unknown = new List<string>();
        var builder = new FieldTableBuilder();
        foreach ((string name, object? value) in entries)
        {
            if (!PolicyKey.All.TryGetValue(name, out PolicyKey? key) || (request.Kind == PolicyKind.Operator && !key.ForOperators))
            {
                unknown.Add($"{{{JsonTerm.Format(name)},{JsonTerm.Format(value)}}}");
            }
            else if (!key.IsValid(value))
            {
                faults.Add($"{JsonTerm.Format(value)} {key.Verb} {key.Noun}");
                return FieldTable.Empty;
            }
            else
            {
                builder.Append(name, ToField(value));
            }
        }

        if (request.Kind == PolicyKind.User && MirroringPolicy.Fault(entries) is { } fault)
        {
            faults.Add(fault);
            return FieldTable.Empty;
        }

        if (unknown.Count > 0)
        {
            faults.Add($"[{string.Join(',', unknown)}] are not recognised policy settings");
        }

        return builder.Build();
    }

    private static PolicyTarget CheckTarget(object? value, List<string> faults)
    {
        if (value is string text && PolicyTargets.Parse(text) is { } target)
        {
            return target;
        }

        string shown = value as string ?? JsonTerm.Format(value);
        faults.Add(
            $"apply-to '{shown}' unrecognised; should be one of: 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'");
        return PolicyTarget.All;
    }

    private static NamePattern? CheckPattern(object? value, List<string> faults)
    {
        if (value is not string text)
        {
            faults.Add($"pattern should be a binary but was {JsonTerm.Format(value)}");
        }
        else if (Encoding.UTF8.GetByteCount(text) > MaxPatternBytes)
        {
            faults.Add($"pattern is longer than {MaxPatternBytes} bytes");
        }
        else
        {
            try
            {
                return NamePattern.Parse(text);
            }
            catch (RegexParseException e)
            {
                faults.Add($"pattern should be regular expression but is invalid: {NamePattern.Explain(e, text)}");
            }
        }

        return null;
    }

    private static double CheckPriority(object? value, List<string> faults)
    {
        switch (value)
        {
            case long number:
                return number;
            case double number:
                return number;
            default:
                faults.Add($"priority should be a number, actually was {JsonTerm.Format(value)}");
                return 0;
        }
    }

    /// <summary>What the checks of the keys let through: whole numbers, texts and lists of texts.</summary>
    private static FieldValue ToField(object? value) => value switch
    {
        long number => FieldValue.FromInt64(number),
        string text => FieldValue.FromString(text),
        IReadOnlyList<object?> list => FieldValue.FromArray([.. list.Select(ToField)]),
        _ => throw new ArgumentException($"{JsonTerm.Format(value)} is no value of a policy.", nameof(value)),
    };
}
