//! One case: the emitted code, and a module that checks it.

use eqt_codegen::emit::rust::{emit, emit_commented, format};
use eqt_codegen::{CompiledMap, Extent, declaration_for};
use eqt_ir::basis::{Basis, Options};
use eqt_ir::diagram::Evaluator;
use eqt_ir::exact::Random;
use eqt_ir::exact::tensor::Tensor;
use eqt_ir::optimise::Wanted;
use eqt_ir::program::{Arguments, RootKind};
use eqt_ir::signature::{AxisId, Dimension, Signature, Sizes, SlotSymmetry, Space, parse_signature};
use proc_macro2::{Ident, Span};
use quote::quote;

/// A signature, its bounds, and the sizes it is run at.
pub(crate) struct Case {
    pub(crate) signature: &'static str,
    pub(crate) options: Options,
    pub(crate) sizes: &'static [(&'static str, usize)],
    /// Whether label symbols are const generics rather than run-time lengths.
    pub(crate) fixed: bool,
    /// Other names for the inputs.
    pub(crate) inputs: &'static [&'static str],
    pub(crate) name: &'static str,
}

pub(crate) struct Types<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) sizes: &'a Sizes,
    pub(crate) extents: &'a [Extent],
}

impl Types<'_> {
    pub(crate) fn slots(&self, space: &Space) -> Vec<AxisId> {
        space.layout().slots
    }

    fn has_family(space: &Space) -> bool {
        match space {
            Space::Family { .. } => true,
            Space::Pseudo { space, .. } => Self::has_family(space),
            Space::Product(left, right) => Self::has_family(left) || Self::has_family(right),
            _ => false,
        }
    }

    fn arrays(&self, slots: &[AxisId], inner: String) -> String {
        slots.iter().rev().fold(inner, |inner, &axis| format!("[{inner}; {}]", self.sizes.of(axis)))
    }

    /// The type over the scalars `T`, by the documentation of the emitted code.
    pub(crate) fn of(&self, space: &Space) -> String {
        let size = |axis: &AxisId| self.sizes.of(*axis);
        match space {
            Space::Scalar | Space::Tensor { rank: 0, .. } => "T".to_owned(),
            Space::Vector(axis) | Space::Tensor { axis, rank: 1, .. } => format!("Vector<{}, T>", size(axis)),
            Space::Tensor { axis, rank: 2, symmetry } => {
                let name = match symmetry {
                    SlotSymmetry::General => "Matrix",
                    SlotSymmetry::Symmetric => "Sym",
                    SlotSymmetry::Alternating => "Alt",
                    SlotSymmetry::Traceless => "Sym0",
                };
                format!("{name}<{}, T>", size(axis))
            }
            Space::Tensor { axis, rank, symmetry } => {
                let name = match symmetry {
                    SlotSymmetry::General => "Tensor",
                    SlotSymmetry::Symmetric => "SymTensor",
                    SlotSymmetry::Alternating => "AltTensor",
                    SlotSymmetry::Traceless => "Sym0Tensor",
                };
                format!("{name}<{rank}, {}, T>", size(axis))
            }
            Space::Pseudo { space, .. } => format!("Pseudo<{}>", self.of(space)),
            Space::Product(left, right) if Self::has_family(left) || Self::has_family(right) => {
                self.arrays(&[self.slots(left), self.slots(right)].concat(), "T".to_owned())
            }
            Space::Product(left, right) => format!("Product<{}, {}>", self.of(left), self.of(right)),
            Space::Family { member, label } => match self.extents[label.index()] {
                Extent::RunTime(_) => format!("Vec<{}>", self.of(member)),
                _ => format!("[{}; {}]", self.of(member), size(label)),
            },
        }
    }

    pub(crate) fn is_vec(&self, space: &Space) -> bool {
        self.of(space).starts_with("Vec<")
    }

    /// The outermost length of a vector.
    fn length(&self, space: &Space) -> usize {
        self.sizes.of(self.slots(space)[0])
    }

    fn count(&self, space: &Space) -> usize {
        self.slots(space).iter().map(|&axis| self.sizes.of(axis)).product()
    }
}

/// The emitted source, and that of its check.
pub(crate) fn sources(case: &Case) -> (String, String) {
    let signature = parse_signature(case.signature).unwrap();
    let named: Vec<(String, usize)> =
        case.sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    let sizes = Sizes::sample(&signature, &named);
    let basis = Basis::new(&signature, &case.options).unwrap();
    assert!(!basis.elements.is_empty(), "{}", case.signature);
    let compiled = CompiledMap::of_basis(&basis, &sizes);
    let mut declaration = declaration_for(&signature, case.name, sizes.clone()).unwrap();
    declaration.crate_path = quote!(::eqt_runtime);
    if case.fixed {
        for (axis, extent) in declaration.extents.iter_mut().enumerate() {
            if let (Extent::RunTime(_), Dimension::Symbol(symbol)) =
                (&*extent, &signature.axes[axis].dimension)
            {
                let generic = Ident::new(&symbol.to_uppercase(), Span::call_site());
                declaration.generics.push(generic.clone());
                *extent = Extent::Const(generic);
            }
        }
    }
    for (input, name) in declaration.inputs.iter_mut().zip(case.inputs) {
        *input = syn::parse_str(name).unwrap();
    }
    format(emit(&declaration, &compiled, &proc_macro2::TokenStream::new())).unwrap_or_else(|error| {
        panic!("{error}\n{}", emit(&declaration, &compiled, &proc_macro2::TokenStream::new()))
    });
    let code = format(emit_commented(&declaration, &compiled)).unwrap();

    // The truth.
    let mut random = Random::seeded(7);
    let layouts: Vec<_> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let mut draw = || -> Vec<Tensor> {
        layouts.iter().map(|layout| Tensor::random(&signature, layout, &sizes, &mut random)).collect()
    };
    let (inputs, directions) = (draw(), draw());
    let coefficients: &Vec<Vec<AxisId>> =
        &compiled.map().coefficients.iter().map(|coefficient| coefficient.axes.clone()).collect();
    let has_arrays = compiled.map().has_arrays();
    let mut draw = || -> Vec<Tensor> {
        coefficients
            .iter()
            .map(|axes| {
                let shape = sizes.shape(axes);
                let data = random.fields(shape.iter().product());
                Tensor { shape, data }
            })
            .collect()
    };
    let (theta, theta_direction) = (draw(), draw());
    let output = signature.output.layout();
    let cotangent = Tensor {
        data: random.fields(Tensor::<eqt_runtime::Fp>::zeros(sizes.shape(&output.slots)).data.len()),
        shape: sizes.shape(&output.slots),
    };
    let evaluator = Evaluator::new(&signature, &sizes);
    let mut value = Tensor::zeros(sizes.shape(&output.slots));
    let mut members: Vec<u64> = Vec::new();
    for (member, element) in basis.elements.iter().enumerate() {
        let free = !coefficients[member].is_empty();
        let term =
            evaluator.evaluate(&element.diagram, &inputs, free.then_some(&theta[member])).expect("no budget");
        let factor = if free { eqt_runtime::Scalar::ONE } else { theta[member].data[0] };
        value.add_scaled(factor, &term);
        // Where some coefficients are arrays, every member comes with its own.
        let mut scaled = Tensor::zeros(term.shape.clone());
        scaled.add_scaled(if has_arrays { factor } else { eqt_runtime::Scalar::ONE }, &term);
        members.extend(numbers(&[scaled]));
    }
    let arguments =
        Arguments { inputs: inputs.clone(), coefficients: theta.clone(), cotangent: Some(cotangent.clone()) };
    let program = compiled.main.get(&Wanted::Gradient).unwrap();
    let roots = program.evaluate(&sizes, &arguments);
    let gradient = |wanted: RootKind| -> Vec<Tensor> {
        program
            .roots
            .iter()
            .zip(&roots)
            .filter(|(root, _)| root.kind == wanted)
            .map(|(_, value)| value.clone())
            .collect()
    };

    // The check.
    let types = Types { signature: &signature, sizes: &sizes, extents: &declaration.extents };
    let name = &declaration.name;
    let free = coefficients.iter().any(|axes| !axes.is_empty());
    let mut text = format!(
        "// {}\nuse eqt_runtime::*;\nuse crate::support::*;\nmod code {{ include!(\"CODE_FILE\"); }}\nuse code::{name} as module;\n\n",
        case.signature
    );
    let array = |name: &str, values: Vec<u64>| format!("const {name}: &[u64] = &{values:?};\n");
    for (index, input) in inputs.iter().enumerate() {
        text += &array(&format!("A{index}"), numbers(std::slice::from_ref(input)));
        text += &array(&format!("DA{index}"), numbers(std::slice::from_ref(&directions[index])));
        text += &array(&format!("GA{index}"), numbers(&gradient(RootKind::InputGradient(index))));
        text += &format!("type In{index}<T> = {};\n", types.of(&signature.inputs[index].space));
    }
    let theta_gradient: Vec<Tensor> =
        (0..coefficients.len()).flat_map(|member| gradient(RootKind::CoefficientGradient(member))).collect();
    text += &array("THETA", numbers(&theta));
    text += &array("DTHETA", numbers(&theta_direction));
    text += &array("GTHETA", numbers(&theta_gradient));
    text += &array("DH", numbers(&[cotangent]));
    text += &array("VALUE", numbers(&[value]));
    text += &array("MEMBERS", members);
    text += &format!("type Out<T> = {};\n", types.of(&signature.output));
    let lengths: Vec<String> = {
        let mut axes: Vec<AxisId> = coefficients.iter().flatten().copied().collect();
        axes.sort_unstable();
        axes.dedup();
        axes.retain(|&axis| !matches!(declaration.extents[axis.index()], Extent::Literal(_)));
        axes.iter().map(|&axis| sizes.of(axis).to_string()).collect()
    };
    let len = coefficients.len();
    let (theta_type, theta_new, theta_list) = match free {
        true => (
            "module::Coefficients<T>".to_owned(),
            format!(
                "let mut theta = module::Coefficients::zeros({}); let values: Vec<T> = THETA.iter().enumerate()\
                 .map(|(k, v)| number(k, *v, DTHETA[k])).collect(); theta.copy_from_slice(&values).unwrap(); theta",
                lengths.join(", ")
            ),
            "to_vec()",
        ),
        false => (
            format!("[T; {len}]"),
            "std::array::from_fn(|k| number(k, THETA[k], DTHETA[k]))".to_owned(),
            "to_vec()",
        ),
    };
    text += &format!(
        "fn theta<T: Scalar>(number: impl Fn(usize, u64, u64) -> T) -> {theta_type} {{ {theta_new} }}\n"
    );
    let zero = |space: &Space, alias: &str| match types.is_vec(space) {
        true => format!("vec![Default::default(); {}]", types.length(space)),
        false => format!("zero::<{alias}>()"),
    };
    text += "fn zero<X: Zeroed>() -> X { X::zeroed() }\ntrait Zeroed { fn zeroed() -> Self; }\nimpl<X: TensorType> Zeroed for X { fn zeroed() -> X { X::zeros() } }\n";
    let _ = &zero;
    let make = |space: &Space, alias: &str, numbers: &str, directions: &str| {
        // Families nest; everything is made of `Default` tensors.
        let fill_target = if types.is_vec(space) { "&mut x[..]" } else { "&mut x" };
        format!(
            "let mut x: {alias}<T> = {}; fill({fill_target}, {numbers}, |k, v| number(k, v, {directions})); x",
            default(&types, space)
        )
    };
    for (index, input) in signature.inputs.iter().enumerate() {
        text += &format!(
            "fn a{index}<T: Scalar>(number: impl Fn(usize, u64, u64) -> T) -> In{index}<T> {{ {} }}\n",
            make(&input.space, &format!("In{index}"), &format!("A{index}"), &format!("DA{index}[k]"))
        );
    }
    text += &format!(
        "fn dh<T: Scalar>(number: impl Fn(usize, u64, u64) -> T) -> Out<T> {{ {} }}\n",
        make(&signature.output, "Out", "DH", "0")
    );
    let pass = |index: usize| {
        if matches!(types.of(&signature.inputs[index].space).as_str(), "T") { "" } else { "&" }
    };
    let count = signature.inputs.len();
    let args: String = (0..count).map(|index| format!(", {}a{index}", pass(index))).collect();
    let make_args = |number: &str| -> String {
        (0..count).map(|index| format!("let a{index} = a{index}({number}); ")).collect()
    };
    let dh_pass = if types.of(&signature.output) == "T" { "dh" } else { "&dh" };
    let view = |space: &Space| if types.is_vec(space) { "[..]" } else { "" };
    let out_view = view(&signature.output);
    text += "\npub fn check() {\n";
    text += &format!(
        "    {{\n        let fp = |_: usize, v: u64, _: u64| Fp::new(v);\n        let theta = theta(fp); {}let dh = dh(fp);\n",
        make_args("fp")
    );
    text += &format!(
        "        let value: Out<Fp> = code::{name}(&theta{args});\n        assert_eq!(entries(&value{out_view}), fps(VALUE), \"value of {{}}\", module::basis());\n"
    );
    text += &format!(
        "        assert_eq!(module::LEN, {len});\n        let members: [Out<Fp>; {len}] = module::evaluate({}{});\n",
        if free { "&theta" } else { "" },
        if free { args.clone() } else { args.trim_start_matches(", ").to_owned() }
    );
    text += &format!(
        "        let members: Vec<Fp> = members.iter().flat_map(|member| entries(&(*member){out_view})).collect();\n        assert_eq!(members, fps(MEMBERS), \"members of {{}}\", module::basis());\n"
    );
    text += &format!("        let gradient = module::gradient(&theta{args}, {dh_pass});\n");
    let theta_name =
        if declaration.inputs.iter().any(|input| input == "theta") { "coefficients" } else { "theta" };
    text += "        let mut slope = Fp::ZERO;\n";
    text += &format!("        slope += inner(&gradient.{theta_name}.{theta_list}, &fps(DTHETA));\n");
    for (index, input) in declaration.inputs.iter().enumerate() {
        let v = view(&signature.inputs[index].space);
        text += &format!("        slope += inner(&entries(&gradient.{input}{v}), &fps(DA{index}));\n");
    }
    for (index, input) in declaration.inputs.iter().enumerate() {
        let v = view(&signature.inputs[index].space);
        text += &format!(
            "        assert_eq!(entries(&gradient.{input}{v}), fps(GA{index}), \"input gradient {index} of {{}}\", module::basis());\n"
        );
    }
    text += &format!(
        "        let dual = |_: usize, v: u64, d: u64| Dual::new(Fp::new(v), Fp::new(d));\n        {{\n            let theta = self::theta(dual); {}\n            let value: Out<Dual<Fp>> = code::{name}(&theta{args});\n            let slopes: Vec<Fp> = entries(&value{out_view}).iter().map(|entry| entry.eps).collect();\n            assert_eq!(inner(&slopes, &fps(DH)), slope, \"slope of {{}}\", module::basis());\n        }}\n",
        make_args("dual").replace("= a", "= self::a")
    );
    text += &format!("        assert_eq!(gradient.{theta_name}.{theta_list}, fps(GTHETA));\n");
    text += &format!(
        "        assert_eq!(module::coefficient_gradient(&theta{args}, {dh_pass}).{theta_list}, fps(GTHETA));\n"
    );
    if free || declaration.extents.iter().any(|extent| matches!(extent, Extent::RunTime(_))) {
        text += &format!(
            "        let mut workspace = module::Workspace::new();\n        let (mut again, mut gradients, mut thetas) = (value.clone(), gradient.clone(), gradient.{theta_name}.clone());\n        for _ in 0..2 {{\n            \
             module::call_into(&theta{args}, &mut workspace, &mut again);\n            assert_eq!(again, value);\n            \
             module::gradient_into(&theta{args}, {dh_pass}, &mut workspace, &mut gradients);\n            assert_eq!(gradients, gradient);\n            \
             module::coefficient_gradient_into(&theta{args}, {dh_pass}, &mut workspace, &mut thetas);\n            assert_eq!(thetas, gradient.{theta_name});\n        }}\n"
        );
    }
    text += "    }\n";
    text += &batch(&types, case, &declaration, &args, dh_pass, theta_name, free);
    text += "}\n";
    (code, text)
}

/// Batches over the field against single samples, and floats against each other.
fn batch(
    types: &Types<'_>,
    _case: &Case,
    declaration: &eqt_codegen::Declaration,
    args: &str,
    dh_pass: &str,
    theta_name: &str,
    free: bool,
) -> String {
    let signature = types.signature;
    let name = &declaration.name;
    let generics: String = declaration
        .generics
        .iter()
        .map(|generic| {
            let axis = declaration
                .extents
                .iter()
                .position(|extent| matches!(extent, Extent::Const(other) if other == generic));
            format!("{}, ", types.sizes.0[axis.unwrap()])
        })
        .collect();
    let shape = |space: &Space| {
        let sizes: String =
            types.slots(space).iter().map(|&axis| format!(", {}", types.sizes.of(axis))).collect();
        format!("[S{sizes}]")
    };
    let mut text = String::from(
        "    {\n        const S: usize = 19;\n        use eqt_runtime::__private::ndarray::{self, Array};\n",
    );
    // Entry (s, e) of sample s is (s + 1) times that of the case.
    let scaled = |constant: &str, space: &Space| {
        let count = types.count(space);
        format!(
            "Array::from_shape_vec({}, (0..S * {count}).map(|k| Fp::new({constant}[k % {count}]) * Fp::new((k / {count} + 1) as u64)).collect()).unwrap()",
            shape(space)
        )
    };
    if types.count(&signature.output) == 0
        || signature.inputs.iter().any(|input| types.count(&input.space) == 0)
    {
        return String::new();
    }
    text += "        let fp = |_: usize, v: u64, _: u64| Fp::new(v);\n        let theta = theta(fp);\n";
    for (index, input) in signature.inputs.iter().enumerate() {
        text += &format!("        let b{index} = {};\n", scaled(&format!("A{index}"), &input.space));
        text += &format!("        let mut g{index} = Array::from_elem({}, Fp::ZERO);\n", shape(&input.space));
    }
    text += &format!("        let bh = {};\n", scaled("DH", &signature.output));
    text += &format!("        let mut out = Array::from_elem({}, Fp::ZERO);\n", shape(&signature.output));
    let views: String = (0..signature.inputs.len()).map(|index| format!(", b{index}.view()")).collect();
    let gradients: String =
        (0..signature.inputs.len()).map(|index| format!(", g{index}.view_mut()")).collect();
    text += &format!("        module::batch::<{generics}Fp>(&theta{views}, out.view_mut()).unwrap();\n");
    text += &format!(
        "        let sums = module::batch_gradient::<{generics}Fp>(&theta{views}, bh.view()).unwrap();\n"
    );
    text += &format!(
        "        let both = module::batch_input_gradient::<{generics}Fp>(&theta{views}, bh.view(){gradients}).unwrap();\n        assert_eq!(sums, both);\n"
    );
    text += "        let mut total = vec![Fp::ZERO; THETA.len()];\n        let mut expected = Vec::new();\n";
    for index in 0..signature.inputs.len() {
        text += &format!("        let mut expected{index} = Vec::new();\n");
    }
    text += "        for s in 0..S {\n            let sample = |_: usize, v: u64, _: u64| Fp::new(v) * Fp::new(s as u64 + 1);\n";
    for index in 0..signature.inputs.len() {
        text += &format!("            let a{index} = self::a{index}(sample);\n");
    }
    let view = |space: &Space| if types.is_vec(space) { "[..]" } else { "" };
    text += &format!(
        "            let dh = self::dh(sample);\n            let value: Out<Fp> = code::{name}(&theta{args});\n            expected.extend(entries(&value{}));\n",
        view(&signature.output)
    );
    text += &format!(
        "            let gradient = module::gradient(&theta{args}, {dh_pass});\n            for (total, term) in total.iter_mut().zip(gradient.{theta_name}.to_vec()) {{ *total += term; }}\n"
    );
    for (index, input) in declaration.inputs.iter().enumerate() {
        text += &format!(
            "            expected{index}.extend(entries(&gradient.{input}{}));\n",
            view(&signature.inputs[index].space)
        );
    }
    text += "        }\n        assert_eq!(out.iter().copied().collect::<Vec<_>>(), expected);\n";
    text += &format!("        assert_eq!(sums.{theta_name}.to_vec(), total);\n");
    for index in 0..signature.inputs.len() {
        text +=
            &format!("        assert_eq!(g{index}.iter().copied().collect::<Vec<_>>(), expected{index});\n");
    }
    text += "        let mut long = Array::from_elem(out.raw_dim(), Fp::ZERO);\n        let short = long.slice_axis_mut(ndarray::Axis(0), ndarray::Slice::from(1..));\n";
    if !signature.inputs.is_empty() {
        text += &format!("        assert!(module::batch::<{generics}Fp>(&theta{views}, short).is_err());\n");
    }
    text += "    }\n";
    let make = |number: &str| -> String {
        (0..signature.inputs.len())
            .map(|index| format!("let a{index} = self::a{index}({number}); "))
            .collect()
    };
    let _ = free;
    text += &format!(
        "    {{\n        let double = |_: usize, v: u64, _: u64| float(v);\n        let single = |_: usize, v: u64, _: u64| float(v) as f32;\n        \
         let f64s: Vec<f64> = {{ let theta = theta(double); {}let value: Out<f64> = code::{name}(&theta{args}); entries(&value{v}) }};\n        \
         let f32s: Vec<f64> = {{ let theta = theta(single); {}let value: Out<f32> = code::{name}(&theta{args}); entries(&value{v}).into_iter().map(f64::from).collect() }};\n        \
         close(&f32s, &f64s, 1e-4, \"single precision\");\n    }}\n",
        make("double"),
        make("single"),
        v = view(&signature.output)
    );
    text
}

/// An expression for some value of a type.
pub(crate) fn default(types: &Types<'_>, space: &Space) -> String {
    match space {
        Space::Family { member, label } => match types.is_vec(space) {
            true => format!("vec![{}; {}]", default(types, member), types.sizes.of(*label)),
            false => format!("[{}; {}]", default(types, member), types.sizes.of(*label)),
        },
        Space::Scalar => "T::ZERO".to_owned(),
        Space::Pseudo { space, .. } => format!("Pseudo({})", default(types, space)),
        Space::Product(left, right) if Types::has_family(left) || Types::has_family(right) => {
            types.arrays(&types.slots(space), "T::ZERO".to_owned())
        }
        _ => "Default::default()".to_owned(),
    }
}

pub(crate) fn numbers(tensors: &[Tensor]) -> Vec<u64> {
    tensors.iter().flat_map(|tensor| &tensor.data).map(|entry| entry.value()).collect()
}
