using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AmqpBroker.EndToEnd.Harness;

namespace AmqpBroker.EndToEnd;

/// <summary>
/// Runs the README's examples as printed against a broker on the port they use: every C# block that uses RabbitMQ.Client, every
/// Python block that uses pika and every plain block that uses amqp-tools has to print something and end with exit code 0.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const int TimeoutMs = 180_000;
    private const int DefaultPort = 5672;

    /// <summary>Restoring and compiling the C# example takes longest.</summary>
    private static readonly TimeSpan ExampleTimeout = TimeSpan.FromSeconds(100);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TimeoutMs)]
    public async Task the_csharp_examples_run_as_printed()
    {
        string version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(p => (string?)p.Attribute("Include") == "RabbitMQ.Client").Attribute("Version")!.Value;
        await RunExamplesAsync("csharp|cs|c#", "RabbitMQ.Client", async code =>
        {
            string file = _folder["example.cs"];
            string package = code.Contains("#:package", StringComparison.Ordinal) ? "" : $"#:package RabbitMQ.Client@{version}\n";
            await File.WriteAllTextAsync(file, package + code);
            ProcessStartInfo start = new("dotnet", ["run", file]);
            // What it builds belongs to the test's folder, and no compiler server stays behind.
            start.Environment["XDG_DATA_HOME"] = _folder.Path;
            start.Environment["UseSharedCompilation"] = "false";
            start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
            return start;
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task the_shell_examples_run_as_printed()
    {
        await RunExamplesAsync("", "amqp-publish", code =>
        {
            bool hasTools = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "amqp-publish")));
            Assert.SkipUnless(hasTools || Environment.GetEnvironmentVariable("CI") == "true", "amqp-tools is not installed");
            return Task.FromResult(new ProcessStartInfo("sh", ["-ec", code]));
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task the_python_examples_run_as_printed()
    {
        await RunExamplesAsync("python|py", "import pika", async code =>
        {
            const string DebiansPython = "/usr/bin/python3";
            string python = File.Exists(DebiansPython) ? DebiansPython : "python3";
            bool hasPika = await HasPikaAsync(python);
            Assert.SkipUnless(hasPika || Environment.GetEnvironmentVariable("CI") == "true", "Python's pika is not installed");
            string file = _folder["example.py"];
            await File.WriteAllTextAsync(file, code);
            return new ProcessStartInfo(python, [file]);
        });
    }

    private static async Task<bool> HasPikaAsync(string python)
    {
        try
        {
            using Process? probe = Process.Start(new ProcessStartInfo(python, ["-c", "import pika"]) { RedirectStandardError = true });
            await probe!.WaitForExitAsync();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private async Task RunExamplesAsync(string language, string marker, Func<string, Task<ProcessStartInfo>> prepareAsync)
    {
        string readme = Path.Combine(Repository.Root, "README.md");
        string text = File.Exists(readme) ? await File.ReadAllTextAsync(readme) : "";
        string[] examples =
        [
            .. Block().Matches(text).Where(b => Regex.IsMatch(b.Groups["language"].Value, $"^({language})$"))
                .Select(b => b.Groups["code"].Value).Where(code => code.Contains(marker, StringComparison.Ordinal)),
        ];
        Assert.SkipWhen(examples.Length == 0, $"README.md has no example with '{marker}' yet");
        Assert.SkipUnless(IsFree(DefaultPort), $"port {DefaultPort}, which the examples use, is taken");
        await using BrokerProcess broker = BrokerProcess.Launch("--data-dir", _folder.Data);
        await broker.Output.FirstAsync(line => line.StartsWith("Server startup complete", StringComparison.Ordinal)).WaitAsync(Client.Wait);
        foreach (string example in examples)
        {
            await RunAsync(await prepareAsync(example), example);
        }
    }

    private async Task RunAsync(ProcessStartInfo start, string example)
    {
        start.WorkingDirectory = _folder.Path;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(ExampleTimeout);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"Not done after {ExampleTimeout}:\n{example}\n---\n{await output}\n{await errors}");
        }

        Assert.True(
            process.ExitCode == 0 && !string.IsNullOrWhiteSpace(await output),
            $"Exit code {process.ExitCode}:\n{example}\n---\n{await output}\n{await errors}");
    }

    private static bool IsFree(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^```(?<language>[\w#]*)[^\n]*\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
