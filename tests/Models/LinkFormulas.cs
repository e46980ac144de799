using UnetSpikes.Models;

namespace UnetSpikes.Tests.Models;

/// <summary>The links as a textbook has them, in double precision, each on its own way from x to rate.</summary>
internal static class LinkFormulas
{
    public static double Rate(ModelOptions o, double x) => o.Link switch
    {
        LinkFunction.Exp => Math.Exp(x),
        LinkFunction.Log1pExp => Softplus(x + Math.Log(o.LinkScale)),
        LinkFunction.Softplus => Softplus(o.LinkBeta * x) / o.LinkBeta,
        _ => Math.Max(x, 0),
    };

    /// <summary>ln of the rate, which is z − e^z/2 to double precision where the rate itself would be lost.</summary>
    public static double LogRate(ModelOptions o, double x) => o.Link switch
    {
        LinkFunction.Exp => x,
        LinkFunction.Log1pExp => LogSoftplus(x + Math.Log(o.LinkScale)),
        LinkFunction.Softplus => LogSoftplus(o.LinkBeta * x) - Math.Log(o.LinkBeta),
        _ => Math.Log(Math.Max(x, 1e-9)),
    };

    /// <summary>d rate/dx and d ln rate/dx.</summary>
    public static (double Rate, double LogRate) Slopes(ModelOptions o, double x)
    {
        if (o.Link == LinkFunction.Exp)
        {
            return (Math.Exp(x), 1);
        }

        double beta = o.Link == LinkFunction.Softplus ? o.LinkBeta : 1;
        double z = o.Link == LinkFunction.Softplus ? beta * x : x + Math.Log(o.LinkScale);
        double sigmoid = z < 0 ? Math.Exp(z) / (1 + Math.Exp(z)) : 1 / (1 + Math.Exp(-z));
        return (sigmoid, z < -30 ? beta : beta * sigmoid / Softplus(z));
    }

    private static double Softplus(double z) => z > 0 ? z + Log1p(Math.Exp(-z)) : Log1p(Math.Exp(z));

    private static double LogSoftplus(double z) => z < -30 ? z : Math.Log(Softplus(z));

    private static double Log1p(double u) => u < 1e-4 ? u * (1 - (u * ((1 / 2.0) - (u * ((1 / 3.0) - (u / 4)))))) : Math.Log(1 + u);
}
