// Outside https and localhost there is no clipboard to write to; selecting the text leaves the rest to Ctrl-C.
const b=this,t=b.parentNode.querySelector('textarea'),
d=()=>{b.textContent='Copied';b.ariaLabel=b.ariaLabel.replace(/^Copy /,'Copied ')};
t.focus();
t.select();
if(navigator.clipboard){
  navigator.clipboard.writeText(t.value).then(d,()=>{document.execCommand('copy')&&d()})
}else{
  document.execCommand('copy')&&d()
}
